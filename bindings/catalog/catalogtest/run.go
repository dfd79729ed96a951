// Package catalogtest holds a provider to its entry of the catalog.
package catalogtest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/catalog"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// Run fails the test unless the catalog says of the provider what the provider's value says. Package is the import path of
// the provider.
func Run(t *testing.T, provider *bindings.Provider, path string) {
	t.Helper()
	entry := entryOf(t, provider)
	said := entry.Declaration()
	for _, c := range []struct {
		what      string
		want, got any
	}{
		{"doc", provider.Doc, said.Doc}, {"system", provider.System, said.System}, {"package", path, entry.Package},
		{"schemes", sorted(provider.Schemes), sorted(said.Schemes)}, {"kinds", sorted(provider.Kinds), sorted(said.Kinds)},
	} {
		if !reflect.DeepEqual(c.want, c.got) {
			t.Errorf("%s of %s in package catalog must be %q, as of its provider, not %q", c.what, provider.Name, c.want, c.got)
		}
	}
	for _, o := range provider.Options {
		if !slices.Contains(said.Options, o) {
			t.Errorf("package catalog must have option %s of %s as its provider has it: %q", o.Name, provider.Name, o.Text)
		}
	}
	for _, o := range said.Options {
		if !slices.ContainsFunc(provider.Options, func(p bindings.Option) bool { return p.Name == o.Name }) {
			t.Errorf("package catalog must not have option %s of %s, which its provider does not have", o.Name, provider.Name)
		}
	}
}

// Stores opens each kind of the provider at the URL that url returns for it, "" for none, and fails the test unless what
// opens declares what the catalog says of such a URL. A kind that the catalog has under a condition may be refused, and an
// ability that it has under one may be missing.
func Stores(t *testing.T, provider *bindings.Provider, namespace string, url func(bindings.Kind) string) {
	t.Helper()
	entry := entryOf(t, provider)
	for _, kind := range entry.Kinds {
		if at := url(kind.Kind); at != "" {
			scheme, _, _ := strings.Cut(at, ":")
			t.Run(scheme+"/"+string(kind.Kind), func(t *testing.T) { compare(t, provider, kind, scheme, namespace, at) })
		}
	}
}

func compare(t *testing.T, provider *bindings.Provider, kind catalog.Kind, scheme, namespace, url string) {
	env := bindings.Environment{Namespace: namespace, Bindings: []bindings.Binding{{Name: "catalog", URL: url}}}
	p, err := bindings.Open(t.Context(), env, provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	link, err := p.Lookup("catalog", kind.Kind)
	if err != nil {
		t.Fatal(err)
	}
	abilities, err := open(t.Context(), link.Conn(), kind.Kind, bindings.Space{Namespace: namespace, Binding: "catalog"})
	if needs := kind.Needs.For(scheme); needs != "" && bindings.Code(err) == bindings.Unimplemented {
		t.Logf("refused, as the catalog says of what is not %s: %v", needs, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := read(abilities)
	for _, a := range kind.Abilities {
		needs := a.Needs.For(scheme)
		if has := got.names[a.Name]; !has && needs == "" {
			t.Errorf("the catalog has %s of %s, which the store does not declare", a.Name, kind.Kind)
		} else if !has {
			t.Logf("without %s, which needs %s", a.Name, needs)
		}
		delete(got.names, a.Name)
	}
	for name := range got.names {
		t.Errorf("the store declares %s of %s, which the catalog does not have", name, kind.Kind)
	}
	if got.granularity != kind.Granularity {
		t.Errorf("the catalog has times of %s in steps of %v, the store %v", kind.Kind, kind.Granularity, got.granularity)
	}
	if got.dialect != kind.Dialect {
		t.Errorf("the catalog has %q as dialect of %s, the store %q", kind.Dialect, kind.Kind, got.dialect)
	}
	if got.limited != (kind.Limit != "") {
		t.Errorf("the catalog has the limit %q of %s; that the store declares one is %v", kind.Limit, kind.Kind, got.limited)
	}
}

// open opens a store of the kind and returns its Abilities.
func open(ctx context.Context, conn bindings.Conn, kind bindings.Kind, space bindings.Space) (any, error) {
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

func entryOf(t *testing.T, provider *bindings.Provider) catalog.Provider {
	t.Helper()
	for _, p := range catalog.Providers() {
		if p.Name == provider.Name {
			return p
		}
	}
	t.Fatalf("package catalog must have an entry of %s", provider.Name)
	return catalog.Provider{}
}

func sorted[T ~string](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
