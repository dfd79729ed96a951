package fake_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/env"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// watchedT is a test that notes how it fails.
type watchedT struct {
	*testing.T
	failures []string
	cleanups []func()
}

func (w *watchedT) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func (w *watchedT) Errorf(format string, args ...any) {
	w.failures = append(w.failures, fmt.Sprintf(format, args...))
}

func (w *watchedT) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	panic(w)
}

func (w *watchedT) Fatal(args ...any) { w.Fatalf("%s", fmt.Sprint(args...)) }

// failing returns how a test fails that does this and then ends.
func failing(t *testing.T, do func(t testing.TB)) string {
	t.Helper()
	w := &watchedT{T: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(w) {
				panic(r)
			}
		}()
		do(w)
	}()
	for _, f := range slices.Backward(w.cleanups) {
		f()
	}
	return strings.Join(w.failures, "\n")
}

func wants(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) || want == "" && got != "" {
		t.Errorf("the test fails with %q, want %q", got, want)
	}
}

type cartID string

type cart struct{ Cents int }

type limits struct {
	Items int
	Wait  time.Duration
}

// What the options say is there, under its name, for the kind that asks for it.
func TestSeeds(t *testing.T) {
	p := fake.Platform(t,
		fake.KV("carts", map[cartID]cart{"b": {2}, "a": {1}}),
		fake.Blob("invoices", map[string]string{"2026/1": "paid"}),
		fake.Blob("logos", map[string][]byte{"x": {0xff}}),
		fake.Secret("pay-key", "sk_test"),
		fake.Config("limits", limits{10, time.Second}))
	carts, err := kv.Open[cartID, cart](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	a, errA := carts.Entry(t.Context(), "a")
	b, errB := carts.Entry(t.Context(), "b")
	if errA != nil || errB != nil || a.Value.Cents != 1 || b.Value.Cents != 2 || a.Revision >= b.Revision {
		t.Errorf("carts: %v %v, %v %v", a, errA, b, errB)
	}
	invoices, err := blob.Open(t.Context(), p, "invoices")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := invoices.ReadAll(t.Context(), "2026/1"); string(data) != "paid" || err != nil {
		t.Errorf("invoice: %q, %v", data, err)
	}
	for name, want := range map[string]string{"pay-key": "sk_test", "other-key": "fake secret of other-key"} {
		if key, err := secret.Get(t.Context(), p, name); key.Reveal() != want || err != nil {
			t.Errorf("secret %s: %q, %v", name, key.Reveal(), err)
		}
	}
	none, err := config.Open[limits](t.Context(), p, "others")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Get(t.Context()); !errors.Is(err, bindings.NotFound) {
		t.Errorf("config that no option sets: %v", err)
	}
	limited, err := config.Open[limits](t.Context(), p, "limits")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := limited.Get(t.Context()); v != (limits{10, time.Second}) || err != nil {
		t.Errorf("limits: %v, %v", v, err)
	}
	locks, err := lock.Open(t.Context(), p, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locks.Try(t.Context(), "nightly"); err != nil {
		t.Errorf("lock: %v", err)
	}
}

type mode string

// A configuration is written as the type that reads it parses it.
func TestConfigForms(t *testing.T) {
	same(t, 1500*time.Millisecond)
	same(t, 7)
	same(t, -0.5)
	same(t, true)
	same(t, mode("slow, \"but\" sure"))
	same(t, "text")
	same(t, []string{"a", "b"})
	same(t, time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC))
	same(t, map[string]int{"a": 1})
	same(t, []byte{0, 0xff})
}

func same[T any](t *testing.T, value T) {
	t.Helper()
	got, err := fake.NewConfig(t, value).Get(t.Context())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(value) {
		t.Errorf("%T: got %v, %v; want %v", value, got, err, value)
	}
}

// Two platforms of one test share nothing, and neither do the bindings of one.
func TestApart(t *testing.T) {
	p, q := fake.Platform(t), fake.Platform(t)
	a := open(t, p, "a")
	if _, err := a.Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	for _, other := range []kv.Of[string, int]{open(t, p, "b"), open(t, q, "a")} {
		if v, err := other.Get(t.Context(), "k"); !errors.Is(err, bindings.NotFound) {
			t.Errorf("another binding has %v, %v", v, err)
		}
	}
	if v, err := open(t, p, "a").Get(t.Context(), "k"); v != 1 || err != nil {
		t.Errorf("the same one has %v, %v", v, err)
	}
}

func open(t testing.TB, p *bindings.Platform, name string) kv.Of[string, int] {
	t.Helper()
	o, err := kv.Open[string, int](t.Context(), p, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Faults hit the test's operations, and not what was there at first.
func TestFaults(t *testing.T) {
	p := fake.Platform(t, fake.KV("carts", map[string]int{"a": 1}), fake.Faults("carts", "errors=1"))
	if _, err := open(t, p, "carts").Get(t.Context(), "a"); !errors.Is(err, bindings.Unavailable) {
		t.Errorf("with faults: %v", err)
	}
	if _, err := open(t, p, "others").Set(t.Context(), "a", 1); err != nil {
		t.Errorf("another binding: %v", err)
	}
}

// Data that are apart by tenant are so from the start.
func TestTenants(t *testing.T) {
	p := fake.Platform(t, fake.Tenants("carts"), fake.Secret("key", "of all"),
		fake.Tenant("acme", fake.KV("carts", map[string]int{"a": 1}), fake.Secret("key", "of acme")))
	acme, zeta := bindings.WithTenant(t.Context(), "acme"), bindings.WithTenant(t.Context(), "zeta")
	carts := open(t, p, "carts")
	if v, err := carts.Get(acme, "a"); v != 1 || err != nil {
		t.Errorf("acme: %v, %v", v, err)
	}
	if _, err := carts.Get(zeta, "a"); !errors.Is(err, bindings.NotFound) {
		t.Errorf("zeta: %v", err)
	}
	if _, err := carts.Get(t.Context(), "a"); !errors.Is(err, bindings.FailedPrecondition) {
		t.Errorf("nobody: %v", err)
	}
	source, err := secret.Open(t.Context(), p, "key")
	if err != nil {
		t.Fatal(err)
	}
	for ctx, want := range map[context.Context]string{acme: "of acme", zeta: "of all"} {
		if s, err := source.Get(ctx); s.Reveal() != want || err != nil {
			t.Errorf("secret: %q, %v, want %q", s.Reveal(), err, want)
		}
	}
	placed, err := topic.Open[int](t.Context(), p, "placed", topic.PerTenant())
	if err != nil {
		t.Fatal(err)
	}
	if err := placed.Publish(acme, 7); err != nil {
		t.Fatal(err)
	}
	if got := fake.Published[int](t, p, "placed", "acme"); !slices.Equal(got, []int{7}) {
		t.Errorf("published: %v", got)
	}
	wants(t, failing(t, func(t testing.TB) { fake.Published[int](t, p, "placed") }), "apart by tenant: ask for one of acme")
}

// A name may lead elsewhere.
func TestURL(t *testing.T) {
	t.Setenv("PAY_KEY", "sk_env")
	p := fake.Platform(t, fake.URL("pay-key", "env:PAY_KEY", env.Provider), fake.URL("other", "env:PAY_KEY", env.Provider))
	if key, err := secret.Get(t.Context(), p, "pay-key"); key.Reveal() != "sk_env" || err != nil {
		t.Errorf("secret: %q, %v", key.Reveal(), err)
	}
}

// Data may outlive a platform: that is what a restart is.
func TestMemory(t *testing.T) {
	m := mem.New()
	p := fake.Platform(t, fake.Memory(m))
	if _, err := open(t, p, "a").Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := open(t, fake.Platform(t, fake.Memory(m)), "a").Get(t.Context(), "k"); v != 1 || err != nil {
		t.Errorf("after a restart: %v, %v", v, err)
	}
}

// A test that asks for what cannot be gets an error that says so, with the remedy.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		want string
		do   func(t testing.TB)
	}{
		{`open db: memory has no sql: give the platform a provider of it, such as fake.URL("db", "sqlite::memory:", sqlite.Provider)`, func(t testing.TB) {
			if _, err := fake.Platform(t).Lookup("db", bindings.SQL); err != nil {
				t.Fatal(err)
			}
		}},
		{`no provider was given for "redis:"`, func(t testing.TB) { fake.Platform(t, fake.URL("carts", "redis://cache")) }},
		{`mem has no option "error" (did you mean "errors"?)`, func(t testing.TB) { fake.Platform(t, fake.Faults("carts", "error=1")) }},
		{`the faults of carts must be as in "errors=0.2&seed=7", not ""`, func(t testing.TB) { fake.Platform(t, fake.Faults("carts", "")) }},
		{"carts leads to env:X: what memory holds at first is not for it", func(t testing.TB) {
			fake.Platform(t, fake.URL("carts", "env:X", env.Provider), fake.KV("carts", map[string]int{}))
		}},
		{`the data of carts are apart by tenant: say whose they are, as in fake.Tenant("acme", …)`, func(t testing.TB) {
			fake.Platform(t, fake.Tenants("carts"), fake.KV("carts", map[string]int{}))
		}},
		{"encode config limits: json: unsupported type: chan int", func(t testing.TB) { fake.Platform(t, fake.Config("limits", make(chan int))) }},
		{"encode value: json: unsupported type: chan int", func(t testing.TB) { fake.Platform(t, fake.KV("carts", map[string]chan int{"a": nil})) }},
		{`published to placed: decode "\"x\"": json: cannot unmarshal string`, func(t testing.TB) {
			p := fake.Platform(t)
			fake.Publish(t, p, "placed", "x")
			fake.Published[int](t, p, "placed")
		}},
		{"the platform was never started, so these never began: subscription of g to placed", func(t testing.TB) {
			if err := topic.Handle(t.Context(), fake.Platform(t, fake.Unstarted()), "placed", "g", nothing); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		wants(t, failing(t, c.do), c.want)
	}
}

func nothing(context.Context, int) error { return nil }

// A handler that never ends fails its test.
func TestCloseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		wants(t, failing(t, func(t testing.TB) {
			p := fake.Platform(t)
			began := make(chan struct{})
			err := topic.Handle(t.Context(), p, "placed", "g", func(context.Context, int) error { close(began); <-ended; return nil })
			if err != nil {
				t.Fatal(err)
			}
			fake.Publish(t, p, "placed", 1)
			<-began
		}), "close fake platform: close subscription of g to placed: it has not ended in time, and is left behind")
		close(ended)
	})
}
