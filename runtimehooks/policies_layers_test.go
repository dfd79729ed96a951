package runtimehooks

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
)

// known registers sites as the only ones, without overrides, until the test ends.
func known(t *testing.T, list ...*Site) {
	t.Helper()
	policies.mu.Lock()
	oldSites, oldLayers := sites, policies.layers
	sites, policies.layers = map[*Site]bool{}, nil
	overrides.Store(nil)
	policies.mu.Unlock()
	Register(list...)
	t.Cleanup(func() {
		policies.mu.Lock()
		defer policies.mu.Unlock()
		sites, policies.layers = oldSites, oldLayers
		overrides.Store(nil)
		policies.compile()
	})
}

// orderSite is a site with a named breaker and a limit of its own.
func orderSite() *Site {
	return &Site{
		Function: "example.com/shop/orders.(*Service).PlaceOrder", Name: "Service.PlaceOrder", Stacks: []string{"server", "client"},
		Aspects: Aspects{
			Limit: &Limit{Rate: 100, Per: time.Second, Burst: 100}, Timeout: &Timeout{After: 2 * time.Second},
			Retry:   &Retry{Attempts: 3, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Factor: 2, Jitter: 0.5, Budget: 0.2},
			Breaker: &Breaker{Name: "payments", Failures: 5, Cooldown: 5 * time.Second, Probes: 1}, Authz: &Authz{},
			Around: []Advice{{Name: "audit"}, {Name: "shed"}},
		},
	}
}

// entries reads "server retry attempts=5, server enabled=false" as the entries of a section.
func entries(text string) map[string]AspectOverrides {
	m := map[string]AspectOverrides{}
	for part := range strings.SplitSeq(text, ", ") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		aspect := AllAspects
		if len(words) == 3 {
			aspect = words[1]
		}
		option, value, _ := strings.Cut(words[len(words)-1], "=")
		if m[words[0]] == nil {
			m[words[0]] = AspectOverrides{}
		}
		if m[words[0]][aspect] == nil {
			m[words[0]][aspect] = OptionOverrides{}
		}
		m[words[0]][aspect][option] = value
	}
	return m
}

const orderFunction = "example.com/shop/orders.(*Service).PlaceOrder"

// The narrower entry wins, whatever the order in which they were given.
func TestOverridePrecedence(t *testing.T) {
	for _, c := range []struct {
		all, stacks, names, site string
		attempts                 int
		from                     string
	}{
		{attempts: 3},
		{all: "4", attempts: 4, from: "all"},
		{all: "4", stacks: "5", attempts: 5, from: "stack server"},
		{all: "4", names: "6", attempts: 6, from: "name payments"},
		{stacks: "5", names: "6", attempts: 6, from: "name payments"},
		{stacks: "5", names: "6", site: "7", attempts: 7, from: "site"},
		{all: "4", stacks: "5", names: "6", site: "7", attempts: 7, from: "site"},
		{stacks: "5", site: "7", attempts: 7, from: "site"},
	} {
		site := orderSite()
		known(t, site)
		o := Overrides{Sites: map[string]AspectOverrides{}, Names: map[string]AspectOverrides{}, Stacks: map[string]AspectOverrides{}}
		for text, entry := range map[*string]struct {
			in  map[string]AspectOverrides
			key string
		}{&c.all: {o.Sites, "*"}, &c.stacks: {o.Stacks, "server"}, &c.names: {o.Names, "payments"}, &c.site: {o.Sites, orderFunction}} {
			if *text != "" {
				entry.in[entry.key] = AspectOverrides{"retry": {"attempts": *text}}
			}
		}
		if err := Policies().Override(o); err != nil {
			t.Fatal(err)
		}
		if got := site.effective(overrides.Load()).Retry.Attempts; got != c.attempts {
			t.Errorf("%+v: attempts are %d", c, got)
		}
		for _, a := range site.aspectStates(overrides.Load()) {
			for _, option := range a.Options {
				if a.Name == "retry" && option.Name == "attempts" && (option.From != c.from || option.Value != fmt.Sprint(c.attempts)) {
					t.Errorf("%+v: state is %+v", c, option)
				}
			}
		}
		if site.Retry.Attempts != 3 {
			t.Fatal("an override changed what the site was built with")
		}
	}
}

// Aspects are switched off at every level, and on again at a narrower one. What is correctness
// stays.
func TestOverrideEnabled(t *testing.T) {
	const all = "audit authz breaker limit retry shed timeout"
	for _, c := range []struct{ sites, names, stacks, on string }{
		{on: all},
		{sites: orderFunction + " retry enabled=false", on: "audit authz breaker limit shed timeout"},
		{names: "payments breaker enabled=false", on: "audit authz limit retry shed timeout"},
		{stacks: "server timeout enabled=false, client retry enabled=false", on: "audit authz breaker limit shed"},
		{sites: "* retry enabled=false", on: "audit authz breaker limit shed timeout"},
		{sites: orderFunction + " enabled=false", on: "authz"},
		{sites: "* enabled=false", on: "authz"},
		{names: "payments enabled=false", on: "authz"},
		{stacks: "server enabled=false", on: "authz"},
		{stacks: "server enabled=false", names: "payments retry enabled=true", on: "authz retry"},
		{stacks: "server enabled=false, server breaker enabled=true", on: "authz breaker"},
		{sites: "* enabled=false, " + orderFunction + " enabled=true", on: all},
		{sites: orderFunction + " enabled=false", names: "payments breaker enabled=true", on: "authz"},
		{sites: orderFunction + " enabled=false, " + orderFunction + " audit enabled=true", on: "audit authz"},
		{sites: orderFunction + " shed enabled=false", on: "audit authz breaker limit retry timeout"},
		{sites: orderFunction + " authz enabled=true", on: all},
	} {
		site := orderSite()
		known(t, site)
		if err := Policies().Override(Overrides{Sites: entries(c.sites), Names: entries(c.names), Stacks: entries(c.stacks)}); err != nil {
			t.Fatal(err)
		}
		set := site.effective(overrides.Load())
		on := map[string]bool{}
		for field, value := range reflect.ValueOf(set).Fields() {
			if value.Kind() == reflect.Pointer && !value.IsNil() {
				on[strings.ToLower(field.Name)] = true
			}
		}
		for _, a := range set.Around {
			on[a.Name] = true
		}
		if got := strings.Join(slices.Sorted(maps.Keys(on)), " "); got != c.on {
			t.Errorf("%+v: on is %s", c, got)
		}
		var states []string
		for _, a := range site.aspectStates(overrides.Load()) {
			if a.Enabled {
				states = append(states, a.Name)
			}
		}
		if got := strings.Join(slices.Sorted(slices.Values(states)), " "); got != c.on {
			t.Errorf("%+v: state says %s", c, got)
		}
		if len(site.Around) != 2 || site.Around[0].Name != "audit" {
			t.Fatal("an override changed what the site was built with")
		}
	}
}

// Layers come file, page, program; others before them. Only within one entry: a narrower entry of
// any layer wins.
func TestOverrideLayers(t *testing.T) {
	site := orderSite()
	known(t, site)
	layer := func(name, sites, stacks string) {
		t.Helper()
		if err := Policies().Layer(name, Overrides{Sites: entries(sites), Stacks: entries(stacks)}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(attempts int, initial time.Duration) {
		t.Helper()
		if r := site.effective(overrides.Load()).Retry; r.Attempts != attempts || r.Initial != initial {
			t.Errorf("attempts %d, initial %v, want %d, %v", r.Attempts, r.Initial, attempts, initial)
		}
	}
	layer("program", "", "server retry attempts=9")
	layer("file", "", "server retry attempts=4, server retry initial=1ms")
	want(9, time.Millisecond)
	layer("page", "", "server retry initial=2ms")
	want(9, 2*time.Millisecond)
	layer("zebra", "", "server retry attempts=2, server retry initial=3ms, server retry jitter=1")
	want(9, 2*time.Millisecond)
	layer("file", orderFunction+" retry attempts=5", "")
	want(5, 2*time.Millisecond)
	layer("page", "", "")
	layer("zebra", "", "")
	layer("program", "", "")
	want(5, 100*time.Millisecond)
	layer("file", "", "")
	if overrides.Load() != nil {
		t.Error("overrides must be nil when no layer is left")
	}
}

// A later layer's word about a whole site overrules an earlier one's about an aspect, and rate and
// failures exclude each other.
func TestOverrideLayersExclude(t *testing.T) {
	got := override.Merge(map[string]override.Layer{
		"file":    {Sites: entries("a.F retry enabled=true, a.F retry attempts=4, a.F breaker failures=3, a.F breaker probes=2")},
		"program": {Sites: entries("a.F enabled=false, a.F breaker rate=0.5")},
	}, layerOrder)
	want := override.Layer{
		Sites: entries("a.F retry attempts=4, a.F breaker rate=0.5, a.F breaker probes=2, a.F enabled=false"),
		Names: map[string]AspectOverrides{}, Stacks: map[string]AspectOverrides{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("merged are %v, want %v", got, want)
	}
}

// Sites that share a breaker must have the same options for it, whatever stacks they come from.
func TestOverrideShared(t *testing.T) {
	a, b := orderSite(), orderSite()
	b.Function, b.Stacks, b.Limit = "example.com/shop.Refund", nil, &Limit{Name: "edge", Rate: 1, Per: time.Second, Burst: 1}
	known(t, a, b)
	override := func(o Overrides) (breakerA, breakerB *Breaker, limitA, limitB *Limit) {
		t.Helper()
		if err := Policies().Override(o); err != nil {
			t.Fatal(err)
		}
		x, y := a.effective(overrides.Load()), b.effective(overrides.Load())
		return x.Breaker, y.Breaker, x.Limit, y.Limit
	}
	x, y, _, _ := override(Overrides{Stacks: entries("server breaker cooldown=1s")})
	if x.Cooldown != time.Second || y.Cooldown != time.Second {
		t.Errorf("one of two stacks: cooldowns are %v and %v, want 1s", x.Cooldown, y.Cooldown)
	}
	x, y, _, _ = override(Overrides{Stacks: entries("server breaker cooldown=1s"), Names: entries("payments breaker cooldown=2s")})
	if x.Cooldown != 2*time.Second || y.Cooldown != 2*time.Second {
		t.Errorf("by name: cooldowns are %v and %v, want 2s", x.Cooldown, y.Cooldown)
	}
	x, y, p, q := override(Overrides{Names: entries("edge breaker cooldown=3s, edge limit rate=7/m, payments limit rate=8/s")})
	if x.Cooldown != 5*time.Second || y.Cooldown != 5*time.Second {
		t.Errorf("by another name: cooldowns are %v and %v, want 5s as built", x.Cooldown, y.Cooldown)
	}
	if p.Rate != 8 || p.Burst != 8 || q.Rate != 7 || q.Per != time.Minute || q.Burst != 7 {
		t.Errorf("limits are %+v, a limit of its own, and %+v, the one of the name", p, q)
	}
	x, y, _, _ = override(Overrides{Sites: entries("example.com/shop.Refund breaker enabled=false")})
	if x == nil || y != nil {
		t.Error("a shared breaker must be off at one site only")
	}
}

// What is not overridden is not copied, and nothing is while nothing is overridden.
func TestOverrideCopies(t *testing.T) {
	site := orderSite()
	known(t, site)
	if set := site.effective(overrides.Load()); !reflect.DeepEqual(set, site.Aspects) {
		t.Error("a site without overrides must be as it was built")
	}
	if err := Policies().Override(Overrides{Sites: entries(orderFunction + " retry attempts=4")}); err != nil {
		t.Fatal(err)
	}
	if set := site.effective(overrides.Load()); set.Retry == site.Retry || set.Timeout != site.Timeout || set.Breaker != site.Breaker {
		t.Error("what is overridden must be a copy, and nothing else")
	}
}

// The same overrides again change nothing: sites would compute their state again for nothing.
func TestOverrideAgain(t *testing.T) {
	known(t, orderSite())
	again := func() *override.Compiled[Aspects] {
		if err := Policies().Override(Overrides{Stacks: entries("server retry attempts=4")}); err != nil {
			t.Fatal(err)
		}
		return overrides.Load()
	}
	if first := again(); again() != first {
		t.Error("the same overrides must stay the same")
	}
	changed := Policies().Layers()["program"]
	changed.Stacks["server"]["retry"]["attempts"] = "5"
	if again(); orderSite().effective(overrides.Load()).Retry.Attempts != 4 {
		t.Error("what the caller changes afterwards must not count")
	}
}

// An override that makes a breaker judge by a window brings the defaults that a directive would
// have brought.
func TestOverrideBreakerWindow(t *testing.T) {
	site := &Site{Function: "a.F", Aspects: Aspects{Breaker: &Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}}}
	for text, want := range map[string]Breaker{
		"rate=0.5":                                         {Failures: 5, Rate: 0.5, Window: 20},
		"rate=0.5, a.F breaker window=50":                  {Failures: 5, Rate: 0.5, Window: 50},
		"rate=0.5, a.F breaker window=30s":                 {Failures: 5, Rate: 0.5, Period: 30 * time.Second, Min: 20},
		"rate=1, a.F breaker window=1m, a.F breaker min=3": {Failures: 5, Rate: 1, Period: time.Minute, Min: 3},
		"slow=2s":    {Failures: 5, Slow: 2 * time.Second, SlowRate: 1, Window: 20},
		"failures=2": {Failures: 2},
	} {
		known(t, site)
		if err := Policies().Override(Overrides{Sites: entries("a.F breaker " + text)}); err != nil {
			t.Fatal(err)
		}
		want.Cooldown, want.Probes = time.Second, 1
		if got := *site.effective(overrides.Load()).Breaker; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: breaker is %+v, want %+v", text, got, want)
		}
	}
	rated := &Site{Function: "a.G", Aspects: Aspects{Breaker: &Breaker{Rate: 0.5, Window: 20, Cooldown: time.Second, Probes: 1}}}
	known(t, rated)
	if err := Policies().Override(Overrides{Sites: entries("a.G breaker failures=2")}); err != nil {
		t.Fatal(err)
	}
	if b := rated.effective(overrides.Load()).Breaker; b.Rate != 0 || b.Failures != 2 {
		t.Errorf("breaker is %+v, want one that opens after 2 failures in a row", b)
	}
}

// Overrides reach calls that begin later, and sites that register later.
func TestOverrideReachesCalls(t *testing.T) {
	site := &Site{Function: "a.F", Name: "F", Aspects: Aspects{Retry: &Retry{Attempts: 3}}}
	known(t, site)
	calls := func() int {
		body, n := failing(errBusy)
		attempts(t.Context(), site, body)
		return *n
	}
	if n := calls(); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
	if err := Policies().Override(Overrides{Sites: entries("a.F retry attempts=2")}); err != nil {
		t.Fatal(err)
	}
	if n := calls(); n != 2 {
		t.Errorf("%d calls under an override, want 2", n)
	}
	if err := Policies().Override(Overrides{Sites: entries("a.F enabled=false")}); err != nil {
		t.Fatal(err)
	}
	if n := calls(); n != 1 {
		t.Errorf("%d calls with the site disabled, want 1", n)
	}
	if err := Policies().Override(Overrides{}); err != nil {
		t.Fatal(err)
	}
	if n := calls(); n != 3 {
		t.Errorf("%d calls without overrides, want 3", n)
	}
}

// Calls see the overrides of before or of after, never half of them.
func TestOverrideIsAtomic(t *testing.T) {
	site := orderSite()
	known(t, site)
	var done sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		done.Go(func() {
			for ctx.Err() == nil {
				r := site.effective(overrides.Load()).Retry
				if r.Attempts != 3 && (r.Factor != float64(r.Attempts) || r.Attempts != int(r.Jitter*100+0.5)) {
					t.Errorf("half of an override: %+v", r)
					return
				}
				site.aspectStates(overrides.Load())
				Policies().Layers()
				Register(site)
			}
		})
	}
	for i := range 200 {
		n := i%50 + 4
		text := fmt.Sprintf("server retry attempts=%d, server retry factor=%d, server retry jitter=%v", n, n, float64(n)/100)
		if err := Policies().Override(Overrides{Stacks: entries(text)}); err != nil {
			t.Error(err)
		}
	}
	stop()
	done.Wait()
}
