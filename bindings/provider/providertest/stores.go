package providertest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/bindings/topic"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// Stores opens each kind that a provider declares at the URL that url returns for it, "" for none,
// and fails the test unless the open store has what is declared of such a URL. A kind that is
// declared under a condition may be refused, and an ability that is declared under one may be
// missing.
func Stores(t *testing.T, declared provider.Declaration, p *bindings.Provider, namespace string, url func(bindings.Kind) string) {
	t.Helper()
	for _, kind := range declared.Kinds {
		if at := url(kind.Kind); at != "" {
			scheme, _, _ := strings.Cut(at, ":")
			t.Run(scheme+"/"+string(kind.Kind), func(t *testing.T) { compare(t, p, kind, scheme, namespace, at) })
		}
	}
}

// binding is the name of the binding whose stores are opened.
const binding = "declared"

func compare(t *testing.T, of *bindings.Provider, kind provider.Kind, scheme, namespace, url string) {
	env := bindings.Environment{Namespace: namespace, Bindings: []bindings.Binding{{Name: binding, URL: url}}}
	p, err := bindings.Open(t.Context(), env, of)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	link, err := p.Lookup(binding, kind.Kind)
	if err != nil {
		t.Fatal(err)
	}
	abilities, err := abilitiesAt(t.Context(), link.Conn(), kind.Kind, bindings.Space{Namespace: namespace, Binding: binding})
	if needs := kind.Needs.For(scheme); needs != "" && bindings.Code(err) == bindings.Unimplemented {
		t.Logf("refused, as is declared of what is not %s: %v", needs, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := read(abilities)
	for _, a := range kind.Abilities {
		needs := a.Needs.For(scheme)
		if has := got.names[a.Name]; !has && needs == "" {
			t.Errorf("%s of %s is declared, and the store does not have it", a.Name, kind.Kind)
		} else if !has {
			t.Logf("without %s, which needs %s", a.Name, needs)
		}
		delete(got.names, a.Name)
	}
	for name := range got.names {
		t.Errorf("the store has %s of %s, which is not declared", name, kind.Kind)
	}
	if got.granularity != kind.Granularity {
		t.Errorf("times of %s are declared in steps of %v, and are in steps of %v", kind.Kind, kind.Granularity, got.granularity)
	}
	if got.dialect != kind.Dialect {
		t.Errorf("the dialect %q of %s is declared, and is %q", kind.Dialect, kind.Kind, got.dialect)
	}
	if got.limited != (kind.Limit != "") {
		t.Errorf("the limit %q of %s is declared; that the store has one is %v", kind.Limit, kind.Kind, got.limited)
	}
}

// abilitiesAt opens a store of the kind and returns its Abilities.
func abilitiesAt(ctx context.Context, conn bindings.Conn, kind bindings.Kind, space bindings.Space) (any, error) {
	switch kind {
	case bindings.KV:
		return abilitiesOf(conn.(kv.Opener).OpenKV(ctx, space))
	case bindings.Topic:
		return abilitiesOf(conn.(topic.Opener).OpenTopic(ctx, space, time.Hour))
	case bindings.Lock:
		return abilitiesOf(conn.(lock.Opener).OpenLock(ctx, space))
	case bindings.Blob:
		return abilitiesOf(conn.(blob.Opener).OpenBlob(ctx, space))
	case bindings.Secret:
		return abilitiesOf(conn.(secret.Opener).OpenSecret(ctx, space))
	case bindings.Config:
		return abilitiesOf(conn.(config.Opener).OpenConfig(ctx, space))
	case bindings.SQL:
		store, err := conn.(sqldb.Opener).OpenSQL(ctx, space)
		if err != nil {
			return nil, err
		}
		return store.Abilities, nil
	case bindings.Workflow:
		return abilitiesOf(conn.(workflow.Opener).OpenWorkflow(ctx, space))
	}
	return nil, bindings.Errorf(bindings.Unknown, "no way is known to open kind %s", kind)
}

func abilitiesOf[A any, S interface{ Abilities() A }](store S, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return store.Abilities(), nil
}

// read is what a value of some Abilities declares.
func read(abilities any) (d struct {
	names       map[string]bool
	granularity time.Duration
	limited     bool
	dialect     string
}) {
	d.names = map[string]bool{}
	v := reflect.ValueOf(abilities)
	for i := range v.NumField() {
		switch f := v.Field(i).Interface().(type) {
		case bool:
			if f {
				d.names[hyphened(v.Type().Field(i).Name)] = true
			}
		case time.Duration:
			d.granularity = f
		case int:
			d.limited = f != 0
		case string:
			d.dialect = f
		}
	}
	return d
}

// hyphened turns SignedURL into signed-url.
func hyphened(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		begins := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if begins {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
