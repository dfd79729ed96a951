package debug

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// fake is a source whose sites a test sets. Like the policies, it carries out what the page's layer
// says of "enabled".
type fake struct {
	mu     sync.Mutex
	sites  []runtimehooks.SiteState
	layers map[string]runtimehooks.Overrides
	forced []string // calls of ForceBreaker
	keeps  bool
	beats  atomic.Uint64
}

func newFake(sites ...runtimehooks.SiteState) *fake {
	return &fake{sites: sites, layers: map[string]runtimehooks.Overrides{}}
}

func (f *fake) KeepErrors(keep bool) { f.keeps = keep }

func (f *fake) Sites() []runtimehooks.SiteState {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []runtimehooks.SiteState
	for _, s := range f.sites {
		s.Aspects = slices.Clone(s.Aspects)
		s.Breakers, s.Limits, s.Errors = slices.Clone(s.Breakers), slices.Clone(s.Limits), slices.Clone(s.Errors)
		for i := range s.Aspects {
			f.apply(s.Function, &s.Aspects[i])
		}
		list = append(list, s)
	}
	return list
}

// fakeSite is a site of a fake at a time.
type fakeSite struct{ state runtimehooks.SiteState }

func (s fakeSite) State() runtimehooks.SiteState      { return s.state }
func (s fakeSite) P99() time.Duration                 { return s.state.Latency.P99 }
func (s fakeSite) Errors() []runtimehooks.ErrorRecord { return s.state.Errors }
func (s fakeSite) Words() []string {
	words := append([]string{s.state.Function, s.state.Name}, s.state.Stacks...)
	for _, a := range s.state.Aspects {
		words = append(words, a.Name)
	}
	if s.state.Bulkhead != nil {
		words = append(words, s.state.Bulkhead.Name)
	}
	return words
}

func (s fakeSite) Glance(runtimehooks.SiteGlance) (runtimehooks.SiteGlance, bool) {
	g := runtimehooks.SiteGlance{Calls: s.state.Calls, Failures: s.state.Failures, Running: s.state.Running, Overridden: overridden(&s.state)}
	for _, b := range s.state.Breakers {
		g.Keyed = g.Keyed || b.Key != ""
		switch {
		case b.Forced:
			g.Forced++
		case b.State == runtimehooks.BreakerOpen:
			g.Open++
		case b.State == runtimehooks.BreakerHalfOpen:
			g.HalfOpen++
		}
	}
	return g, true
}

// List gives what the sites are now, for good.
func (f *fake) List() []*entry {
	return sortEntries(each(f.Sites(), func(s runtimehooks.SiteState) *entry {
		return &entry{site: fakeSite{s}, function: s.Function, name: strings.ToLower(s.Name)}
	}))
}

// Pulse never stays: a test may change anything.
func (f *fake) Pulse() uint64 { return f.beats.Add(1) }

func (f *fake) apply(function string, a *runtimehooks.AspectState) {
	for _, name := range []string{"file", "page", "program"} {
		if text, ok := f.layers[name].Sites[function][a.Name]["enabled"]; ok {
			a.Enabled = text == "true"
			a.Options = slices.Insert(slices.Clone(a.Options), 0, runtimehooks.OptionState{Name: "enabled", Value: text, From: "site"})
		}
	}
}

func (f *fake) ForceBreaker(function, key string, to runtimehooks.BreakerForce) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forced = append(f.forced, strings.TrimSpace(fmt.Sprintln(function, key, to)))
	found := false
	for i := range f.sites {
		s := &f.sites[i]
		s.Breakers = slices.Clone(s.Breakers)
		for j := range s.Breakers {
			if b := &s.Breakers[j]; s.Function == function && (key == "" || b.Key == key) {
				found = true
				b.Forced, b.State = to != runtimehooks.BreakerAuto, runtimehooks.BreakerClosed
				if to == runtimehooks.BreakerForcedOpen {
					b.State = runtimehooks.BreakerOpen
				}
			}
		}
	}
	if !found {
		return fmt.Errorf("force breaker: there is no site %s", function)
	}
	return nil
}

func (f *fake) Layers() map[string]runtimehooks.Overrides {
	f.mu.Lock()
	defer f.mu.Unlock()
	layers := map[string]runtimehooks.Overrides{}
	for name, o := range f.layers {
		layers[name] = runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{}}
		for function, aspects := range o.Sites {
			layers[name].Sites[function] = maps.Clone(aspects)
		}
	}
	return layers
}

func (f *fake) Layer(name string, o runtimehooks.Overrides) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.layers[name] = o
	if len(o.Sites) == 0 {
		delete(f.layers, name)
	}
	return nil
}

// call has one more call of the i-th site end.
func (f *fake) call(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sites[i].Calls++
}

// shop is the sites of a program in which much is going on.
func shop() *fake {
	on := func(name string, options ...runtimehooks.OptionState) runtimehooks.AspectState {
		return runtimehooks.AspectState{Name: name, Enabled: true, Options: options}
	}
	opt := func(name, value, from string) runtimehooks.OptionState {
		return runtimehooks.OptionState{Name: name, Value: value, From: from}
	}
	ms := time.Millisecond
	at := time.Date(2026, 11, 25, 14, 3, 27, 0, time.UTC)
	window := windowOf("SSFSSSlSFSSSSFSSS")
	timed := make([]runtimehooks.Slice, 20)
	for i := range timed {
		timed[i] = runtimehooks.Slice{Calls: 40 + 13*i%29, Failures: i * i / 40, Slow: i % 5}
	}
	return newFake(
		runtimehooks.SiteState{
			Function: "example.com/shop/orders.(*Service).Place", Name: "Service.Place", Stacks: []string{"server"},
			Calls: 1284331, Failures: 4127, Running: 12, Latency: runtimehooks.Latency{P50: 3240 * time.Microsecond, P90: 18 * ms, P99: 212 * ms, Max: 5004 * ms},
			Aspects: []runtimehooks.AspectState{on("recover"), on("trace"), on("metrics"), on("log", opt("level", "info", ""), opt("slow", "1s", "")),
				on("limit", opt("rate", "500/s", "all"), opt("burst", "500", "all"), opt("wait", "0s", "")), on("authz"),
				on("timeout", opt("after", "5s", "")),
				on("retry", opt("attempts", "5", "stack server"), opt("initial", "50ms", ""), opt("max", "1s", ""), opt("factor", "2", ""), opt("jitter", "0.5", ""), opt("budget", "0.2", "")),
				on("breaker", opt("name", "payments", ""), opt("rate", "0.5", ""), opt("window", "20", ""), opt("cooldown", "10s", "name payments"), opt("probes", "1", "")),
				on("bulkhead", opt("max", "40", ""), opt("wait", "100ms", ""))},
			Breakers: []runtimehooks.BreakerStatus{{Name: "payments", State: runtimehooks.BreakerClosed, Opened: 3, Window: window}},
			Limits:   []runtimehooks.LimitStatus{{Name: "example.com/shop/orders.(*Service).Place", Tokens: 431.2, Burst: 500, Rate: 500, Per: time.Second}},
			Bulkhead: &runtimehooks.BulkheadStatus{Name: "example.com/shop/orders.(*Service).Place", Running: 12, Waiting: 0, Max: 40},
			Errors: []runtimehooks.ErrorRecord{
				{At: at, Type: "timeout", Text: "example.com/shop/orders.(*Service).Place: timeout after 5s", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736"},
				{At: at.Add(-41 * time.Second), Type: "*payments.DeclinedError", Text: "charge card ending 4242: declined by issuer: <insufficient funds>", TraceID: "00f067aa0ba902b7a3ce929d0e0e4736"},
				{At: at.Add(-3 * time.Minute), Type: "limited", Text: "too many calls, try again in 84ms"}},
		},
		runtimehooks.SiteState{
			Function: "example.com/shop/store.(*Store).Get", Name: "Store.Get",
			Calls: 93120, Failures: 5213, Running: 1, Latency: runtimehooks.Latency{P50: 412 * time.Microsecond, P90: 2 * ms, P99: 33 * ms, Max: 870 * ms},
			Aspects: []runtimehooks.AspectState{on("trace"), on("cache", opt("ttl", "30s", ""), opt("size", "10000", "")),
				{Name: "hedge", Enabled: false, Options: []runtimehooks.OptionState{opt("enabled", "false", "site"), opt("delay", "20ms", ""), opt("max", "2", "")}},
				on("breaker", opt("failures", "5", ""), opt("cooldown", "5s", ""), opt("probes", "1", ""))},
			Breakers: []runtimehooks.BreakerStatus{
				{Name: "example.com/shop/store.(*Store).Get", State: runtimehooks.BreakerClosed, Failures: 2},
				{Name: "example.com/shop/store.(*Store).Get", Key: "eu-west-1", State: runtimehooks.BreakerOpen, Wait: 3200 * ms, Opened: 1},
				{Name: "example.com/shop/store.(*Store).Get", Key: "us-east-2", State: runtimehooks.BreakerHalfOpen, Opened: 7}},
			Errors: []runtimehooks.ErrorRecord{{At: at, Type: "breaker_open", Text: "breaker eu-west-1 is open, try again in 3.2s", TraceID: "af7651916cd43dd8448eb211c80319c0"}},
		},
		runtimehooks.SiteState{
			Function: "example.com/shop/store.(*Store).Put", Name: "Store.Put", Calls: 8012, Latency: runtimehooks.Latency{P50: 1 * ms, P90: 4 * ms, P99: 9 * ms, Max: 41 * ms},
			Aspects:  []runtimehooks.AspectState{on("trace"), on("retry", opt("attempts", "3", "")), on("breaker", opt("rate", "0.25", ""), opt("window", "30s", ""), opt("min", "20", ""), opt("slow", "2s", ""), opt("slowrate", "1", ""))},
			Breakers: []runtimehooks.BreakerStatus{{Name: "example.com/shop/store.(*Store).Put", State: runtimehooks.BreakerClosed, Window: timed}},
		},
		runtimehooks.SiteState{Function: "example.com/shop/web.(*Server).order", Name: "Server.order", Stacks: []string{"server"}, Calls: 1284350, Failures: 4127, Running: 13,
			Latency: runtimehooks.Latency{P50: 4 * ms, P90: 19 * ms, P99: 215 * ms, Max: 5010 * ms},
			Aspects: []runtimehooks.AspectState{on("recover", opt("as", "500", "")), on("trace", opt("kind", "server", "")), on("metrics")}},
		runtimehooks.SiteState{Function: "example.com/shop/web.(*Server).health", Name: "Server.health", Calls: 120, Latency: runtimehooks.Latency{P50: 9 * time.Microsecond, P90: 11 * time.Microsecond, P99: 30 * time.Microsecond, Max: 55 * time.Microsecond},
			Aspects: []runtimehooks.AspectState{on("trace"), on("audit")}},
		runtimehooks.SiteState{Function: "example.com/shop/internal/warehouse/reservations.(*ReservationCoordinator).ReserveStockAcrossWarehouses", Name: "ReservationCoordinator.ReserveStockAcrossWarehouses", Calls: 33, Running: 33,
			Latency:  runtimehooks.Latency{P50: 2 * time.Second, P90: 8 * time.Second, P99: 31 * time.Second, Max: 92 * time.Second},
			Aspects:  []runtimehooks.AspectState{on("metrics"), on("bulkhead", opt("name", "warehouse", ""), opt("max", "8", ""))},
			Bulkhead: &runtimehooks.BulkheadStatus{Name: "warehouse", Running: 8, Waiting: 25, Max: 8}},
		runtimehooks.SiteState{Function: "example.com/shop/jobs.Nightly", Name: "jobs.Nightly", Aspects: []runtimehooks.AspectState{on("trace"), on("log", opt("level", "info", ""))}},
	)
}

// windowOf makes a window of one call per letter: S succeeded, F failed, l was slow.
func windowOf(letters string) []runtimehooks.Slice {
	var list []runtimehooks.Slice
	for _, letter := range letters {
		s := runtimehooks.Slice{Calls: 1}
		switch letter {
		case 'F':
			s.Failures = 1
		case 'l':
			s.Slow = 1
		}
		list = append(list, s)
	}
	return list
}
