package runtimehooks

import (
	"errors"
	"testing"
	"time"
)

// A glance counts as the whole state does, and says when there is nothing new to count.
func TestGlance(t *testing.T) {
	s := &Site{Function: "a." + t.Name(), Name: "F", Stacks: []string{"server"}, Aspects: Aspects{
		Metrics: &Metrics{}, Breaker: &Breaker{Name: t.Name(), Failures: 2, Cooldown: time.Hour, Probes: 1}}}
	Register(s)
	defer Unregister(s)
	policies, pulse := Policies(), uint64(0)
	var last SiteGlance
	check := func(what string, want SiteGlance) {
		t.Helper()
		g, fresh := s.Glance(last)
		now, state := policies.Pulse(), s.State()
		if !fresh || now == pulse {
			t.Errorf("%s: nothing is new", what)
		}
		if g.Calls != state.Calls || g.Failures != state.Failures || g.Running != state.Running || s.P99() != state.Latency.P99 || len(s.Errors()) != len(state.Errors) {
			t.Errorf("%s: %+v, and %+v", what, g, state)
		}
		if want.started, want.changes = g.started, g.changes; g != want {
			t.Errorf("%s: %+v, want %+v", what, g, want)
		}
		last, pulse = g, now
		if again, fresh := s.Glance(last); g.Running == 0 && (fresh || again != g || policies.Pulse() != pulse) {
			t.Errorf("%s: new is %+v", what, again)
		}
	}
	work := func(result error) (err error) {
		call := s.Call()
		call.Enter(t.Context())
		defer call.Exit(&err)
		if !call.Allow(&err) {
			return err
		}
		if result == nil {
			check("a call runs", SiteGlance{Running: 1})
		}
		return result
	}
	check("no call", SiteGlance{})
	work(nil)
	if g, fresh := s.Glance(last); !fresh || g.Calls != 1 || g.Running != 0 {
		t.Errorf("the end of a call is not seen: %+v", g)
	}
	work(errors.New("no"))
	check("a failure", SiteGlance{Calls: 2, Failures: 1})
	work(errors.New("no"))
	check("an open breaker", SiteGlance{Calls: 3, Failures: 2, Open: 1})
	if err := policies.ForceBreaker(s.Function, "", BreakerForcedClosed); err != nil {
		t.Fatal(err)
	}
	check("a forced breaker", SiteGlance{Calls: 3, Failures: 2, Forced: 1})
	defer policies.Layer("page", Overrides{})
	if err := policies.Layer("page", Overrides{Names: map[string]AspectOverrides{t.Name(): {"breaker": {"cooldown": "1m"}}}}); err != nil {
		t.Fatal(err)
	}
	check("an override", SiteGlance{Calls: 3, Failures: 2, Forced: 1, Overridden: true})
	for i, want := range []string{s.Function, "F", "server", "metrics", "breaker", t.Name()} {
		if got := s.Words(); len(got) != 6 || got[i] != want {
			t.Errorf("words are %q", got)
		}
	}
}
