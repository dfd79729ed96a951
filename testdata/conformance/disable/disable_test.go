package disable_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/conformance/disable"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var client disable.Client

// policy is a policy that is switched on and off, the method that has it, and how each shows.
type policy struct {
	aspect, method string
	check          func(t *testing.T, on, retry bool) // retry: whether retries are on, for the one that has both
}

// policies are those that the kit switches. Hedging stands for what it calls asynchronous.
var policies = []policy{
	{"retry", "Retry", func(t *testing.T, on, _ bool) {
		calls := 0
		harness.Is(t, client.Retry(t.Context(), harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
		harness.Equal(t, "calls", calls, count(on))
	}},
	{"fallback", "Fallback", func(t *testing.T, on, retry bool) {
		calls := 0
		err := client.Fallback(t.Context(), harness.Returns(&calls, harness.ErrBoom))
		if on {
			harness.OK(t, err)
		} else {
			harness.Is(t, err, harness.ErrBoom)
		}
		harness.Equal(t, "calls", calls, count(retry))
	}},
	{"breaker", "Breaker", func(t *testing.T, on, _ bool) {
		if on {
			harness.FreshCall(t, client.Breaker)
			harness.Play(t, "FOO", 0, client.Breaker)
		} else {
			harness.Play(t, "FFFFFF", 0, client.Breaker)
		}
	}},
	{"timeout", "Timeout", func(t *testing.T, on, _ bool) {
		err := client.Timeout(t.Context(), harness.Takes(2*time.Second, harness.ErrBoom))
		if on {
			harness.Is(t, err, runtimehooks.ErrTimeout)
		} else {
			harness.Is(t, err, harness.ErrBoom)
			harness.Not(t, err, runtimehooks.ErrTimeout)
		}
	}},
	{"hedge", "Hedge", func(t *testing.T, on, _ bool) {
		crowd := harness.NewCrowd(t, client.Hedge)
		crowd.Enter(1)
		time.Sleep(5 * time.Second)
		harness.Equal(t, "works", int(crowd.Running.Load()), count(on))
		crowd.LetAll()
		crowd.AllOK()
	}},
	{"bulkhead", "Bulkhead", func(t *testing.T, on, _ bool) {
		crowd := harness.NewCrowd(t, client.Bulkhead)
		crowd.Enter(2)
		err := client.Bulkhead(t.Context(), harness.Succeeds)
		if on {
			harness.Is(t, err, runtimehooks.ErrFull)
		} else {
			harness.OK(t, err)
		}
		crowd.LetAll()
		crowd.AllOK()
	}},
}

// count is 2 for what is done twice, and 1 for what is not.
func count(twice bool) int {
	if twice {
		return 2
	}
	return 1
}

// level is what is said of policies at all sites, at a stack, or at single sites.
type level struct{ all, stack, site string } // "", "true" or "false"

// overrides says it about each policy by itself.
func (l level) overrides() runtimehooks.Overrides {
	o := runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{}, Stacks: map[string]runtimehooks.AspectOverrides{}}
	say := func(entries map[string]runtimehooks.AspectOverrides, key, aspect, enabled string) {
		if enabled == "" {
			return
		}
		if entries[key] == nil {
			entries[key] = runtimehooks.AspectOverrides{}
		}
		entries[key][aspect] = runtimehooks.OptionOverrides{"enabled": enabled}
	}
	for _, p := range policies {
		say(o.Sites, "*", p.aspect, l.all)
		say(o.Stacks, "client", p.aspect, l.stack)
		say(o.Sites, "example.com/conformance/disable.Client."+p.method, p.aspect, l.site)
	}
	return o
}

// onlyFallback switches everything off but fallbacks.
func onlyFallback() runtimehooks.AspectOverrides {
	return runtimehooks.AspectOverrides{runtimehooks.AllAspects: {"enabled": "false"}, "fallback": {"enabled": "true"}}
}

func TestDisable(t *testing.T) {
	const on, off = "true", "false"
	for _, c := range []struct {
		name  string
		l     level
		on    bool
		retry bool // of the method with a retry and a fallback, whose own site is about the fallback alone
	}{
		{"off everywhere", level{all: off}, false, false},
		{"off everywhere, on for the stack", level{all: off, stack: on}, true, true},
		{"off everywhere, on for the site", level{all: off, site: on}, true, false},
		{"off everywhere, on for the stack, off for the site", level{all: off, stack: on, site: off}, false, true},
		{"off for the stack", level{stack: off}, false, false},
		{"off for the stack, on for the site", level{stack: off, site: on}, true, false},
		{"off for the site", level{site: off}, false, true},
	} {
		for _, p := range policies {
			harness.Run(t, c.name+": "+p.aspect, func(t *testing.T) {
				harness.Override(t, c.l.overrides())
				p.check(t, c.on, c.retry)
			})
		}
	}
	for _, c := range []struct {
		name  string
		l     level
		on    func(aspect string) bool
		retry bool
	}{
		{"all but fallback off", level{}, func(aspect string) bool { return aspect == "fallback" }, false},
		{"all but fallback off, on for the stack", level{stack: on}, func(string) bool { return true }, true},
		{"all but fallback off, on for the site", level{site: on}, func(string) bool { return true }, false},
	} {
		for _, p := range policies {
			harness.Run(t, c.name+": "+p.aspect, func(t *testing.T) {
				o := c.l.overrides()
				o.Sites["*"] = onlyFallback()
				harness.Override(t, o)
				p.check(t, c.on(p.aspect), c.retry)
			})
		}
	}
	for _, p := range policies {
		harness.Run(t, "on again when the override is gone: "+p.aspect, func(t *testing.T) {
			if err := runtimehooks.Policies().Override(level{all: off}.overrides()); err != nil {
				t.Fatal(err)
			}
			p.check(t, false, false)
			if err := runtimehooks.Policies().Override(runtimehooks.Overrides{}); err != nil {
				t.Fatal(err)
			}
			p.check(t, true, true)
		})
	}
}

// TestDisableGates is about what cannot be switched off.
func TestDisableGates(t *testing.T) {
	gates := disable.Gates{}
	harness.Run(t, "everything off leaves authz and validate", func(t *testing.T) {
		harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
			"*": {runtimehooks.AllAspects: {"enabled": "false"}},
		}})
		harness.Is(t, gates.Authz(t.Context(), harness.Succeeds), runtimehooks.ErrDenied, harness.ErrBoom)
		harness.Is(t, gates.Validate(t.Context(), harness.Succeeds), runtimehooks.ErrInvalid, harness.ErrBoom)
	})
	for _, aspect := range []string{"authz", "validate"} {
		harness.Run(t, fmt.Sprintf("%s cannot be switched off", aspect), func(t *testing.T) {
			err := runtimehooks.Policies().Override(runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
				"*": {aspect: {"enabled": "false"}},
			}})
			if err == nil {
				_ = runtimehooks.Policies().Override(runtimehooks.Overrides{})
				t.Error("override must be refused")
			}
		})
	}
}
