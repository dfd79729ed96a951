package config_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/conformance/config"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type (
	service = func(context.Context, harness.Work) error
	aspects = runtimehooks.AspectOverrides
	options = map[string]runtimehooks.AspectOverrides
)

// method is the name of a site.
func method(name string) string { return "example.com/conformance/config.Client." + name }

// override overrides options of one method.
func override(t *testing.T, name string, a aspects) {
	t.Helper()
	harness.Override(t, runtimehooks.Overrides{Sites: options{method(name): a}})
}

// attempts checks how often a function works that always fails.
func attempts(t *testing.T, call service, want int) {
	t.Helper()
	calls := 0
	harness.Is(t, call(t.Context(), harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
	harness.Equal(t, "calls", calls, want)
}

// took checks how long a function takes.
func took(t *testing.T, call service, work harness.Work, want time.Duration) {
	t.Helper()
	harness.Equal(t, "time", harness.Elapsed(func() { _ = call(t.Context(), work) }), want)
}

var client config.Client

func TestConfig(t *testing.T) {
	boom := harness.Fails(harness.ErrBoom)
	harness.Run(t, "attempts", func(t *testing.T) {
		override(t, "Attempts", aspects{"retry": {"attempts": "11"}})
		attempts(t, client.Attempts, 11)
	})
	harness.Run(t, "elapsed", func(t *testing.T) {
		override(t, "Elapsed", aspects{"retry": {"elapsed": "1s"}})
		took(t, client.Elapsed, harness.Takes(300*time.Millisecond, harness.ErrBoom), 1200*time.Millisecond)
	})
	harness.Run(t, "the first pause", func(t *testing.T) {
		override(t, "Initial", aspects{"retry": {"initial": "2000us"}})
		took(t, client.Initial, boom, 10*time.Millisecond)
	})
	harness.Run(t, "the factor of pauses", func(t *testing.T) {
		override(t, "Factor", aspects{"retry": {"factor": "2", "max": "1m"}})
		took(t, client.Factor, boom, 7*time.Second)
	})
	harness.Run(t, "the longest pause", func(t *testing.T) {
		override(t, "Max", aspects{"retry": {"max": "5s"}})
		took(t, client.Max, boom, 11*time.Second)
	})
	harness.Run(t, "jitter", func(t *testing.T) {
		took(t, client.Jitter, boom, 99*time.Second)
		override(t, "Jitter", aspects{"retry": {"jitter": "1", "max": "2s"}})
		if d := harness.Elapsed(func() { _ = client.Jitter(t.Context(), boom) }); d == 99*time.Second || d > 198*time.Second {
			t.Errorf("99 pauses must differ, and last up to 2 s each, not take %v", d)
		}
	})
	harness.Run(t, "the time of an attempt", func(t *testing.T) {
		override(t, "Each", aspects{"retry": {"each": "1s"}})
		took(t, client.Each, harness.Takes(time.Hour, nil), 2*time.Second)
	})
	harness.Run(t, "the budget of retries", func(t *testing.T) {
		attempts(t, client.Budget, 100)
		override(t, "Budget", aspects{"retry": {"budget": "0.1"}})
		attempts(t, client.Budget, 11)
	})
	harness.Run(t, "the cooldown", func(t *testing.T) {
		harness.FreshCall(t, client.Cooldown)
		override(t, "Cooldown", aspects{"breaker": {"cooldown": "1000ms"}})
		harness.Play(t, "FFO", 0, client.Cooldown)
		harness.Play(t, ".O", 999*time.Millisecond, client.Cooldown)
		harness.Play(t, ".S", time.Millisecond, client.Cooldown)
	})
	harness.Run(t, "the window", func(t *testing.T) {
		harness.FreshCall(t, client.Window)
		override(t, "Window", aspects{"breaker": {"window": "4"}})
		harness.Play(t, "FFFFO", 0, client.Window)
	})
	harness.Run(t, "the rate", func(t *testing.T) {
		harness.FreshCall(t, client.Rate)
		override(t, "Rate", aspects{"breaker": {"rate": "0.8"}})
		harness.Play(t, "FFSFFFSFFFO", 0, client.Rate)
	})
	harness.Run(t, "consecutive failures", func(t *testing.T) {
		harness.FreshCall(t, client.Failures)
		override(t, "Failures", aspects{"breaker": {"failures": "3"}})
		harness.Play(t, "FFSFFFO", 0, client.Failures)
	})
	harness.Run(t, "the probes", func(t *testing.T) {
		harness.FreshCall(t, client.Probes)
		override(t, "Probes", aspects{"breaker": {"probes": "2"}})
		harness.Play(t, strings.Repeat("F", 10)+"O.SS"+strings.Repeat("F", 10)+"O.SFO", time.Second, client.Probes)
	})
	harness.Run(t, "the timeout", func(t *testing.T) {
		override(t, "Timeout", aspects{"timeout": {"after": "1s"}})
		took(t, client.Timeout, harness.Takes(time.Hour, nil), time.Second)
	})
	harness.Run(t, "the timeout, in another unit", func(t *testing.T) {
		override(t, "Timeout", aspects{"timeout": {"after": "1500ms"}})
		took(t, client.Timeout, harness.Takes(time.Hour, nil), 1500*time.Millisecond)
	})
	harness.Run(t, "the slots of a bulkhead", func(t *testing.T) {
		override(t, "BulkheadMax", aspects{"bulkhead": {"max": "1"}})
		holds(t, client.BulkheadMax, 1, 0)
	})
	harness.Run(t, "the queue of a bulkhead", func(t *testing.T) {
		override(t, "BulkheadQueue", aspects{"bulkhead": {"queue": "1"}})
		holds(t, client.BulkheadQueue, 1, 1)
	})
	harness.Run(t, "the delay of hedging", func(t *testing.T) {
		override(t, "Hedge", aspects{"hedge": {"delay": "1s"}})
		works := make(chan struct{}, 10)
		took(t, client.Hedge, func(ctx context.Context) error {
			works <- struct{}{}
			return harness.Takes(3*time.Second, nil)(ctx)
		}, 3*time.Second)
		harness.Equal(t, "works", len(works), 2)
	})
	for _, c := range refusals {
		harness.Run(t, "refused: "+c.name, func(t *testing.T) {
			err := runtimehooks.Policies().Override(runtimehooks.Overrides{Sites: options{method(c.method): {c.aspect: {c.option: c.value}}}})
			if err == nil {
				_ = runtimehooks.Policies().Override(runtimehooks.Overrides{})
				t.Fatal("override must be refused")
			}
			if text := err.Error(); !strings.Contains(text, c.option) || !strings.Contains(text, c.aspect) {
				t.Errorf("error must name %s of %s: %v", c.option, c.aspect, err)
			}
		})
	}
}

// refusals are overrides that cannot be: errors and functions are part of the code, and what is no value is none here either.
var refusals = []struct{ name, method, aspect, option, value string }{
	{"what is retried is in the code", "Attempts", "retry", "on", "ErrBoom"},
	{"what is not retried is in the code", "Attempts", "retry", "abort", "ErrBoom"},
	{"what opens a breaker is in the code", "Window", "breaker", "on", "ErrBoom"},
	{"what does not open a breaker is in the code", "Window", "breaker", "skip", "ErrBoom"},
	{"the fallback is in the code", "Fallback", "fallback", "func", "instead"},
	{"what a fallback answers is in the code", "Fallback", "fallback", "on", "ErrBoom"},
	{"what a fallback passes on is in the code", "Fallback", "fallback", "skip", "ErrBoom"},
	{"no attempts", "Attempts", "retry", "attempts", "0"},
	{"a rate above 1", "Rate", "breaker", "rate", "1.1"},
	{"a negative cooldown", "Cooldown", "breaker", "cooldown", "-1s"},
}

// holds checks that so many calls run, so many wait, and the next one is refused.
func holds(t *testing.T, call service, running, waiting int) {
	t.Helper()
	crowd := harness.NewCrowd(t, call)
	crowd.Enter(running + waiting)
	harness.Equal(t, "works at a time", int(crowd.Running.Load()), running)
	harness.Is(t, call(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
	crowd.LetAll()
	crowd.AllOK()
}

// TestConfigProperty is about which of several overrides wins.
func TestConfigProperty(t *testing.T) {
	all := func(n string) options { return options{"*": {"retry": {"attempts": n}}} }
	for _, c := range []struct {
		name                string
		o                   runtimehooks.Overrides
		client, other, none int // attempts of a method of the stack, of another stack, and of none
	}{
		{"nothing", runtimehooks.Overrides{}, 6, 6, 6},
		{"all sites", runtimehooks.Overrides{Sites: all("3")}, 3, 3, 3},
		{"a stack", runtimehooks.Overrides{Stacks: options{"client": {"retry": {"attempts": "4"}}}}, 4, 6, 6},
		{"a stack beats all sites", runtimehooks.Overrides{Sites: all("3"), Stacks: options{"client": {"retry": {"attempts": "4"}}}}, 4, 3, 3},
		{"a site beats all sites", runtimehooks.Overrides{Sites: options{
			"*": {"retry": {"attempts": "3"}}, method("Attempts"): {"retry": {"attempts": "5"}}}}, 5, 3, 3},
		{"a site beats its stack, which beats all sites", runtimehooks.Overrides{
			Sites:  options{"*": {"retry": {"attempts": "3"}}, method("Attempts"): {"retry": {"attempts": "5"}}},
			Stacks: options{"client": {"retry": {"attempts": "4"}}, "other client": {"retry": {"attempts": "2"}}}}, 5, 2, 3},
		{"each option by itself", runtimehooks.Overrides{
			Sites:  options{method("Attempts"): {"retry": {"initial": "0s"}}},
			Stacks: options{"client": {"retry": {"attempts": "4", "initial": "1h"}}}}, 4, 6, 6},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.Override(t, c.o)
			took(t, func(ctx context.Context, _ harness.Work) error {
				attempts(t, client.Attempts, c.client)
				return nil
			}, nil, 0)
			attempts(t, config.Other{}.Attempts, c.other)
			attempts(t, config.Plain, c.none)
		})
	}
	harness.Run(t, "a name reaches all that share the breaker", func(t *testing.T) {
		harness.FreshCall(t, config.Shared)
		harness.Override(t, runtimehooks.Overrides{Names: options{"orders": {"breaker": {"failures": "2"}}}})
		harness.Play(t, "F", 0, config.Shared)
		harness.Play(t, "FO", 0, config.SharedToo)
		harness.Play(t, "O", 0, config.Shared)
	})
	harness.Run(t, "a breaker that is shared is not changed for one site", func(t *testing.T) {
		err := runtimehooks.Policies().Override(runtimehooks.Overrides{Sites: options{
			"example.com/conformance/config.Shared": {"breaker": {"failures": "2"}}}})
		if err == nil {
			_ = runtimehooks.Policies().Override(runtimehooks.Overrides{})
			t.Error("override must be refused")
		}
	})
}

func TestConfigTest(t *testing.T) {
	stack := func(o runtimehooks.OptionOverrides) runtimehooks.Overrides {
		return runtimehooks.Overrides{Stacks: options{"client": {"retry": o}}}
	}
	harness.Run(t, "attempts of a method", func(t *testing.T) {
		override(t, "Attempts", aspects{"retry": {"attempts": "4"}})
		attempts(t, client.Attempts, 4)
	})
	harness.Run(t, "attempts of a stack", func(t *testing.T) {
		harness.Override(t, stack(runtimehooks.OptionOverrides{"attempts": "4"}))
		attempts(t, client.Attempts, 4)
	})
	harness.Run(t, "a stack's override beats what a method was built with", func(t *testing.T) {
		harness.Override(t, stack(runtimehooks.OptionOverrides{"attempts": "4"}))
		attempts(t, client.AttemptsToo, 4)
	})
	work := harness.Takes(110*time.Millisecond, harness.ErrBoom)
	harness.Run(t, "elapsed of a method", func(t *testing.T) {
		override(t, "Elapsed", aspects{"retry": {"elapsed": "1000ms"}})
		took(t, client.Elapsed, work, 1100*time.Millisecond)
	})
	harness.Run(t, "elapsed of a stack", func(t *testing.T) {
		harness.Override(t, stack(runtimehooks.OptionOverrides{"elapsed": "1000ms"}))
		took(t, client.Elapsed, work, 1100*time.Millisecond)
	})
}
