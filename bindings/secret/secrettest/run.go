package secrettest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// Harness says how to test a provider. It needs Write.
type Harness = providertest.Harness

// The bindings of a case.
const (
	key     = "pay-key"
	tenants = "tenant-key" // scoped to tenants
)

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture, s secret.Source)
}

// Run runs all cases, each on a platform of its own. Where all bindings of a URL share a secret, as
// those of a file do, a case has one tenant or none.
func Run(t *testing.T, h Harness) {
	var all []providertest.Case
	for _, c := range slices.Concat(cases, referredCases) {
		all = append(all, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
			f := &fixture{base}
			c.run(t, f, f.source(t, key))
		}})
	}
	providertest.Run(t, h, map[string]map[string]string{key: nil, tenants: {"tenants": "true"}}, all...)
}

// fixture is the platform of one case.
type fixture struct{ *providertest.Fixture }

func (f *fixture) source(t *testing.T, name string, options ...secret.Option) secret.Source {
	t.Helper()
	s, err := secret.Open(f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write sets the secret of a binding, as whoever operates the provider does.
func (f *fixture) write(t *testing.T, name, tenant, text string) {
	t.Helper()
	f.H.Write(t, f.URL, bindings.Space{Namespace: f.Namespace, Binding: name, Tenant: tenant}, text)
}

// is checks the text of a secret.
func is(t *testing.T, ctx context.Context, s secret.Source, want string) secret.Secret {
	t.Helper()
	got, err := s.Get(ctx)
	if err != nil || got.Reveal() != want {
		t.Fatalf("secret is %q, %v; want %q", got.Reveal(), err, want)
	}
	return got
}

var cases = []testCase{
	{"a secret that is not there is NotFound", func(t *testing.T, f *fixture, s secret.Source) {
		_, err := s.Get(f.Ctx)
		providertest.Code(t, "get", err, bindings.NotFound)
	}},
	{"a secret is what was set", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "hunter2")
		is(t, f.Ctx, s, "hunter2")
		now, err := secret.Get(f.Ctx, f.Platform, key)
		if err != nil || now.Reveal() != "hunter2" {
			t.Errorf("get without a source is %q, %v", now.Reveal(), err)
		}
	}},
	{"a secret may hold spaces and signs", func(t *testing.T, f *fixture, s secret.Source) {
		for _, text := range []string{" a b ", "p@ss:w%rd/=\"'", "ä\t日本", "line\nline", strings.Repeat("k", 10000)} {
			f.write(t, key, "", text)
			is(t, f.Ctx, s, text)
		}
	}},
	{"a read sees the secret that is there now", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "one")
		is(t, f.Ctx, s, "one")
		f.write(t, key, "", "two")
		is(t, f.Ctx, s, "two")
		f.write(t, key, "", "")
		_, err := s.Get(f.Ctx)
		providertest.Code(t, "get after it was removed", err, bindings.NotFound)
	}},
	{"a secret does not print", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "hunter2")
		got := is(t, f.Ctx, s, "hunter2")
		if text := fmt.Sprintf("%v %+v %#v %s %q %d", got, got, got, got, got, []any{got}); strings.Contains(text, "hunter2") ||
			strings.Contains(got.Version(), "hunter2") {
			t.Errorf("it prints as %s, version %s", text, got.Version())
		}
	}},
	{"no error tells a secret", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "hunter2")
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		_, err := s.Get(ctx)
		providertest.Code(t, "get", err, bindings.Canceled)
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error is %q", err)
		}
	}},
	{"another secret has another version", func(t *testing.T, f *fixture, s secret.Source) {
		a, err := s.Abilities(f.Ctx)
		if err != nil || providertest.Undeclared(t, a.Version, "versions") {
			return
		}
		f.write(t, key, "", "one")
		one := is(t, f.Ctx, s, "one").Version()
		if again := is(t, f.Ctx, s, "one").Version(); again != one || one == "" {
			t.Errorf("versions of one secret are %q and %q", one, again)
		}
		f.write(t, key, "", "two")
		if two := is(t, f.Ctx, s, "two").Version(); two == one {
			t.Errorf("two secrets have the version %q", two)
		}
	}},
	{"a watch tells of each change", func(t *testing.T, f *fixture, s secret.Source) {
		a, err := s.Abilities(f.Ctx)
		if err != nil || providertest.Undeclared(t, a.Watch, "watch") {
			return
		}
		f.write(t, key, "", "one")
		ctx, cancel := context.WithTimeout(f.Ctx, 30*time.Second)
		defer cancel()
		next, stop := iter.Pull2(s.Watch(ctx))
		defer stop()
		expect := func(want string, code bindings.ErrorCode) {
			t.Helper()
			got, err, ok := next()
			if !ok || got.Reveal() != want || bindings.Code(err) != code {
				t.Fatalf("watch tells %q, %v, %v; want %q, %v", got.Reveal(), err, ok, want, code)
			}
		}
		expect("one", bindings.OK)
		f.write(t, key, "", "two")
		expect("two", bindings.OK)
		f.write(t, key, "", "")
		expect("", bindings.NotFound)
		f.write(t, key, "", "three")
		expect("three", bindings.OK)
	}},
	{"a watch ends with its context", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "one")
		ctx, cancel := context.WithCancel(f.Ctx)
		defer cancel()
		a, err := s.Abilities(f.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, err := range s.Watch(ctx) {
			if told++; a.Watch {
				cancel()
			} else if told == 2 {
				providertest.Code(t, "watch", err, bindings.Unimplemented)
			}
		}
		if want := map[bool]int{true: 1, false: 2}[a.Watch]; told != want {
			t.Errorf("%d times told, want %d", told, want)
		}
	}},
	{"tenants have secrets of their own", func(t *testing.T, f *fixture, _ secret.Source) {
		s := f.source(t, tenants)
		f.write(t, tenants, "a", "of a")
		f.write(t, tenants, "A", "of A")
		is(t, bindings.WithTenant(f.Ctx, "a"), s, "of a")
		is(t, bindings.WithTenant(f.Ctx, "A"), s, "of A")
		for _, name := range []string{"b", "a/b", "../a", ""} {
			_, err := s.Get(bindings.WithTenant(f.Ctx, name))
			want := bindings.NotFound
			if name == "" {
				want = bindings.FailedPrecondition
			}
			providertest.Code(t, "get of tenant "+name, err, want)
		}
	}},
	{"a watch does not tell of another tenant's secret", func(t *testing.T, f *fixture, _ secret.Source) {
		s := f.source(t, tenants)
		ctx, cancel := context.WithTimeout(bindings.WithTenant(f.Ctx, "a"), 30*time.Second)
		defer cancel()
		a, err := s.Abilities(ctx)
		if err != nil || providertest.Undeclared(t, a.Watch, "watch") {
			return
		}
		f.write(t, tenants, "a", "one of a")
		f.write(t, tenants, "b", "one of b")
		next, stop := iter.Pull2(s.Watch(ctx))
		defer stop()
		for i, want := range []string{"one of a", "two of a"} {
			if i > 0 {
				f.write(t, tenants, "b", "two of b")
				f.write(t, tenants, "b", "")
				f.write(t, tenants, "a", want)
			}
			if got, err, ok := next(); !ok || err != nil || got.Reveal() != want {
				t.Fatalf("watch tells %q, %v, %v; want %q", got.Reveal(), err, ok, want)
			}
		}
		for _, err := range s.Watch(f.Ctx) {
			providertest.Code(t, "watch without a tenant", err, bindings.FailedPrecondition)
			break
		}
	}},
	{"a secret is scoped to tenants where the program says so", func(t *testing.T, f *fixture, _ secret.Source) {
		_, err := f.source(t, key, secret.PerTenant()).Get(f.Ctx)
		providertest.Code(t, "get", err, bindings.FailedPrecondition)
	}},
	{"a closed platform gives no secret", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "one")
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		_, err := s.Get(f.Ctx)
		providertest.Code(t, "get", err, bindings.Unavailable)
	}},
	{"a watch ends when the platform is closed", func(t *testing.T, f *fixture, s secret.Source) {
		f.write(t, key, "", "one")
		for range s.Watch(f.Ctx) { // for ever, if it does not end
			if err := f.Platform.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}},
}
