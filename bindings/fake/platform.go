package fake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/service"
)

// namespace is whose data a fake platform holds.
const namespace = "test"

// grace is how long handlers have when the test ends before their contexts are canceled.
const grace = 10 * time.Second

// Platform returns a platform on which every logical name answers from memory that nothing else
// uses, started, and closed when the test ends. The test fails at once if an option does not fit,
// and later if closing fails.
func Platform(t testing.TB, options ...Option) *bindings.Platform {
	t.Helper()
	s := &settings{memory: mem.New(), entries: map[string]*entry{}}
	for _, o := range options {
		o(t, s)
	}
	s.check(t)
	p, err := bindings.Open(t.Context(), s.environment(), s.providers()...)
	if err != nil {
		t.Fatalf("fake platform: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close fake platform: %v", err)
		}
	})
	s.seed(t)
	if !s.unstarted {
		if err := p.Start(t.Context()); err != nil {
			t.Fatalf("fake platform: %v", err)
		}
	}
	return p
}

// settings are what the options of a platform have asked for.
type settings struct {
	memory    *mem.Memory
	entries   map[string]*entry // by logical name
	given     []*bindings.Provider
	seeds     []seed
	tenant    string // of the option that is being read
	unstarted bool

	recordings int // given so far
}

// entry is what the options say of one name.
type entry struct {
	url     string // "" for memory
	faults  string
	value   *string // what the secret or the configuration is at first; nil for none
	tenants bool
}

func (s *settings) entry(name string) *entry {
	e := s.entries[name]
	if e == nil {
		e = &entry{}
		s.entries[name] = e
	}
	return e
}

// binding returns where a name leads.
func (e *entry) binding(name string) bindings.Binding {
	b := bindings.Binding{Name: name, URL: e.url, Options: map[string]bindings.Value{}, Position: "fake.Platform"}
	if b.URL == "" {
		b.URL = "mem:"
	}
	if e.faults != "" {
		b.URL += "?" + e.faults
	}
	if e.value != nil {
		b.Options["value"] = bindings.Value{Text: *e.value}
	}
	if e.tenants {
		b.Options["tenants"] = bindings.Value{Text: "true"}
	}
	return b
}

func (s *settings) environment() bindings.Environment {
	env := bindings.Environment{Name: "fake", Namespace: namespace, Otherwise: otherwise}
	for _, name := range slices.Sorted(maps.Keys(s.entries)) {
		env.Bindings = append(env.Bindings, s.entries[name].binding(name))
	}
	return env
}

// otherwise leads every name to memory, and that of a service to what the test provides. A secret
// that no option sets has a text all the same: a service reads its secrets when it is bound, and
// most tests look at none.
func otherwise(name string, kind bindings.Kind) (bindings.Binding, error) {
	e := &entry{}
	if kind == bindings.Secret {
		text := "fake secret of " + name
		e.value = &text
	}
	if kind == bindings.Service {
		e.url = "local:"
	}
	if kind == bindings.Service || slices.Contains(mem.Provider.Kinds, kind) {
		return e.binding(name), nil
	}
	example := fmt.Sprintf("fake.URL(%q, …)", name)
	if kind == bindings.SQL {
		example = fmt.Sprintf(`fake.URL(%q, "sqlite::memory:", sqlite.Provider)`, name)
	}
	return bindings.Binding{}, fmt.Errorf("memory has no %s: give the platform a provider of it, such as %s", kind, example)
}

// providers returns the memory's, the one of services, and those that were given, each once.
func (s *settings) providers() []*bindings.Provider {
	all := []*bindings.Provider{s.memory.Provider(), service.Provider}
	for _, p := range s.given {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// check fails the test where options do not fit each other.
func (s *settings) check(t testing.TB) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(s.entries)) {
		if e := s.entries[name]; e.url != "" && (e.faults != "" || e.value != nil) {
			t.Fatalf("fake platform: %s leads to %s: what memory holds at first, and its faults, are not for it", name, e.url)
		}
	}
	for _, d := range s.seeds {
		e := s.entry(d.space.Binding)
		switch {
		case e.url != "":
			t.Fatalf("fake platform: %s leads to %s: what memory holds at first is not for it", d.space.Binding, e.url)
		case e.tenants && d.space.Tenant == "":
			t.Fatalf("fake platform: the data of %s are apart by tenant: say whose they are, as in fake.Tenant(\"acme\", …)", d.space.Binding)
		case !e.tenants && d.space.Tenant != "":
			e.tenants = true
		}
	}
}
