package configtest

import (
	"context"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// Harness says how to test a provider. It needs Write.
type Harness = providertest.Harness

// The bindings of a case.
const (
	limits  = "limits"
	tenants = "tenant-limits" // scoped to tenants
)

// limit is what the cases configure.
type limit struct {
	PerSecond int
	Names     []string
}

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	var all []providertest.Case
	for _, c := range cases {
		all = append(all, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) { c.run(t, &fixture{base}) }})
	}
	providertest.Run(t, h, map[string]map[string]string{limits: nil, tenants: {"tenants": "true"}}, all...)
}

// fixture is the platform of one case.
type fixture struct{ *providertest.Fixture }

func open[T any](t *testing.T, f *fixture, name string, options ...config.Option[T]) config.Of[T] {
	t.Helper()
	c, err := config.Open(f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// waits is a configuration with durations.
type waits struct {
	Wait time.Duration `json:"wait"`
	Each map[string][]time.Duration
	Also *time.Duration `json:"also"`
	Inner
}

// Inner is a part of waits that is embedded.
type Inner struct {
	Number uint64
	Name   string
	When   time.Time
}

// write sets the document of a binding, as whoever operates the provider does.
func (f *fixture) write(t *testing.T, name, tenant, text string) {
	t.Helper()
	f.H.Write(t, f.URL, bindings.Space{Namespace: f.Namespace, Binding: name, Tenant: tenant}, text)
}

// decodes checks what a document is as a value.
func decodes[T any](t *testing.T, f *fixture, text string, want T) {
	t.Helper()
	f.write(t, limits, "", text)
	got, err := open[T](t, f, limits).Get(f.Ctx)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q is %v, %v; want %v", text, got, err, want)
	}
}

// wrong checks that a document is no such value.
func wrong[T any](t *testing.T, f *fixture, text string, options ...config.Option[T]) {
	t.Helper()
	f.write(t, limits, "", text)
	got, err := open(t, f, limits, options...).Get(f.Ctx)
	if bindings.Code(err) != bindings.Unknown || !strings.HasPrefix(err.Error(), "get limits: decode document: ") {
		t.Errorf("%q is %v, %v; want that it cannot be decoded", text, got, err)
	}
}

// watchable opens the configuration, or reports that it cannot be watched.
func watchable(t *testing.T, f *fixture) (c config.Of[limit], ok bool) {
	t.Helper()
	c = open[limit](t, f, limits)
	a, err := c.Abilities(f.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c, !providertest.Undeclared(t, a.Watch, "watch")
}

var cases = []testCase{
	{"a configuration that is not there is NotFound", func(t *testing.T, f *fixture) {
		_, err := open[limit](t, f, limits).Get(f.Ctx)
		providertest.Code(t, "get", err, bindings.NotFound)
	}},
	{"a default is used where there is nothing", func(t *testing.T, f *fixture) {
		c := open(t, f, limits, config.Default(limit{PerSecond: 7}))
		if got, err := c.Snapshot(f.Ctx); err != nil || got.Value.PerSecond != 7 || got.Version != "" {
			t.Errorf("snapshot is %v, %v; want the default without version", got, err)
		}
		f.write(t, limits, "", `{"PerSecond": 8}`)
		if got, err := c.Get(f.Ctx); err != nil || got.PerSecond != 8 {
			t.Errorf("get is %v, %v; want what was set", got, err)
		}
	}},
	{"a document is decoded by the type", func(t *testing.T, f *fixture) {
		decodes(t, f, `{"PerSecond": 5, "Names": ["a"]}`, limit{5, []string{"a"}})
		decodes(t, f, `[1, 2]`, []int{1, 2})
		decodes(t, f, " text ", " text ")
		decodes(t, f, `{"a": 1}`, map[string]int{"a": 1})
		decodes(t, f, "raw", []byte("raw"))
		decodes(t, f, "42\n", 42)
		decodes(t, f, "-1.5", -1.5)
		decodes(t, f, "true", true)
		decodes(t, f, " 90s ", 90*time.Second)
		decodes(t, f, `{"wait": "90s", "Each": {"a": ["1m", 5]}, "also": null, "number": 12345678901234567890}`,
			waits{Wait: 90 * time.Second, Each: map[string][]time.Duration{"a": {time.Minute, 5}}, Inner: Inner{Number: 12345678901234567890}})
		decodes(t, f, `{"also": "1s", "name": "2s", "when": "2026-07-01T00:00:00Z"}`,
			waits{Also: new(time.Second), Inner: Inner{Name: "2s", When: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}})
		decodes(t, f, "2026-07-01T00:00:00Z\n", time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	}},
	{"a document of another form is an error", func(t *testing.T, f *fixture) {
		wrong[limit](t, f, `{"PerSecond": "many"}`)
		wrong[limit](t, f, `{"PerSecond": 5`)
		wrong[limit](t, f, `{"PerSecond": 5} {"PerSecond": 6}`)
		wrong[int8](t, f, "300")
		wrong[bool](t, f, "perhaps")
		wrong[time.Duration](t, f, "90")
		wrong[waits](t, f, `{"wait": "soon"}`)
		wrong[waits](t, f, `{"wait": "1s"} {}`)
	}},
	{"an unknown field is an error where that is asked for", func(t *testing.T, f *fixture) {
		wrong(t, f, `{"PerSecnd": 5}`, config.Strict[limit]())
		decodes(t, f, `{"PerSecnd": 5}`, limit{})
	}},
	{"a read sees the document that is there now", func(t *testing.T, f *fixture) {
		c := open[int](t, f, limits)
		for _, text := range []string{"1", "2"} {
			f.write(t, limits, "", text)
			if got, err := c.Get(f.Ctx); err != nil || got != int(text[0]-'0') {
				t.Errorf("get is %v, %v; want %s", got, err, text)
			}
		}
		f.write(t, limits, "", "")
		_, err := c.Get(f.Ctx)
		providertest.Code(t, "get after it was removed", err, bindings.NotFound)
	}},
	{"another document has another version", func(t *testing.T, f *fixture) {
		c := open[int](t, f, limits)
		a, err := c.Abilities(f.Ctx)
		if err != nil || providertest.Undeclared(t, a.Version, "versions") {
			return
		}
		var versions []string
		for _, text := range []string{"1", "2"} {
			f.write(t, limits, "", text)
			one, err1 := c.Snapshot(f.Ctx)
			two, err2 := c.Snapshot(f.Ctx)
			if err1 != nil || err2 != nil || one != two || one.Version == "" {
				t.Fatalf("snapshots of one document are %v, %v and %v, %v", one, err1, two, err2)
			}
			versions = append(versions, one.Version)
		}
		if versions[0] == versions[1] {
			t.Errorf("two documents have the version %q", versions[0])
		}
	}},
	{"a watch tells of each change", func(t *testing.T, f *fixture) {
		c, ok := watchable(t, f)
		if !ok {
			return
		}
		f.write(t, limits, "", `{"PerSecond": 1}`)
		ctx, cancel := context.WithTimeout(f.Ctx, 30*time.Second)
		defer cancel()
		next, stop := iter.Pull2(c.Watch(ctx))
		defer stop()
		for i, text := range []string{"", `{"PerSecond": 2}`, `{"PerSecond": 3}`} {
			if text != "" {
				f.write(t, limits, "", text)
			}
			if got, err, ok := next(); !ok || err != nil || got.Value.PerSecond != i+1 {
				t.Fatalf("watch tells %v, %v, %v; want %d", got, err, ok, i+1)
			}
		}
	}},
	{"a watch outlives a bad document", func(t *testing.T, f *fixture) {
		c, ok := watchable(t, f)
		if !ok {
			return
		}
		f.write(t, limits, "", `{"PerSecond": 1}`)
		ctx, cancel := context.WithTimeout(f.Ctx, 30*time.Second)
		defer cancel()
		next, stop := iter.Pull2(c.Watch(ctx))
		defer stop()
		if _, err, ok := next(); err != nil || !ok {
			t.Fatalf("watch tells %v, %v", err, ok)
		}
		f.write(t, limits, "", `{"PerSecond": `)
		if got, err, ok := next(); err == nil || !ok {
			t.Fatalf("watch tells %v, %v; want that it cannot be decoded", got, ok)
		}
		f.write(t, limits, "", `{"PerSecond": 3}`)
		if got, err, ok := next(); err != nil || !ok || got.Value.PerSecond != 3 {
			t.Fatalf("watch tells %v, %v, %v; want 3", got, err, ok)
		}
	}},
	{"a watch is refused where changes are not noticed", func(t *testing.T, f *fixture) {
		if _, ok := watchable(t, f); ok {
			t.Log("changes are noticed")
			return
		}
		f.write(t, limits, "", `{"PerSecond": 1}`)
		var codes []bindings.ErrorCode
		for _, err := range open[limit](t, f, limits).Watch(f.Ctx) {
			codes = append(codes, bindings.Code(err))
		}
		if want := []bindings.ErrorCode{bindings.OK, bindings.Unimplemented}; !reflect.DeepEqual(codes, want) {
			t.Errorf("watch tells %v, want %v", codes, want)
		}
	}},
	{"tenants have configurations of their own", func(t *testing.T, f *fixture) {
		c := open[string](t, f, tenants, config.Default("nothing"))
		f.write(t, tenants, "a", "of a")
		f.write(t, tenants, "A", "of A")
		for tenant, want := range map[string]string{"a": "of a", "A": "of A", "b": "nothing", "../a": "nothing"} {
			if got, err := c.Get(bindings.WithTenant(f.Ctx, tenant)); err != nil || got != want {
				t.Errorf("configuration of %q is %q, %v; want %q", tenant, got, err, want)
			}
		}
		_, err := c.Get(f.Ctx)
		providertest.Code(t, "get without a tenant", err, bindings.FailedPrecondition)
		_, err = open(t, f, limits, config.PerTenant[string]()).Get(f.Ctx)
		providertest.Code(t, "get of what the program scopes", err, bindings.FailedPrecondition)
	}},
	{"a watch does not tell of another tenant's configuration", func(t *testing.T, f *fixture) {
		c := open[string](t, f, tenants)
		ctx, cancel := context.WithTimeout(bindings.WithTenant(f.Ctx, "a"), 30*time.Second)
		defer cancel()
		a, err := c.Abilities(ctx)
		if err != nil || providertest.Undeclared(t, a.Watch, "watch") {
			return
		}
		f.write(t, tenants, "a", "one of a")
		f.write(t, tenants, "b", "one of b")
		next, stop := iter.Pull2(c.Watch(ctx))
		defer stop()
		for i, want := range []string{"one of a", "two of a"} {
			if i > 0 {
				f.write(t, tenants, "b", "two of b")
				f.write(t, tenants, "a", want)
			}
			if got, err, ok := next(); !ok || err != nil || got.Value != want {
				t.Fatalf("watch tells %q, %v, %v; want %q", got.Value, err, ok, want)
			}
		}
		for _, err := range c.Watch(f.Ctx) {
			providertest.Code(t, "watch without a tenant", err, bindings.FailedPrecondition)
			break
		}
	}},
	{"a canceled read is Canceled", func(t *testing.T, f *fixture) {
		f.write(t, limits, "", "1")
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		_, err := open[int](t, f, limits).Get(ctx)
		providertest.Code(t, "get", err, bindings.Canceled)
	}},
}
