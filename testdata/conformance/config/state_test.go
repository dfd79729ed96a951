package config_test

import (
	"testing"
	"time"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// site returns the state of a method.
func site(t *testing.T, name string) runtimehooks.SiteState {
	t.Helper()
	for _, s := range runtimehooks.Policies().Sites() {
		if s.Function == method(name) {
			return s
		}
	}
	t.Fatalf("%s must be a site", method(name))
	return runtimehooks.SiteState{}
}

// TestState is about what sites tell of themselves.
func TestState(t *testing.T) {
	harness.Run(t, "effective options, and what they are from", func(t *testing.T) {
		override(t, "Attempts", aspects{"retry": {"attempts": "11"}})
		for _, a := range site(t, "Attempts").Aspects {
			for _, o := range a.Options {
				if a.Name == "retry" && o.Name == "attempts" {
					harness.Equal(t, "attempts", o.Value, "11")
					harness.Equal(t, "origin of attempts", o.From, "site")
					return
				}
			}
		}
		t.Error("attempts of retry must be there")
	})
	harness.Run(t, "calls, failures and those that run", func(t *testing.T) {
		before := site(t, "BulkheadMax")
		crowd := harness.NewCrowd(t, client.BulkheadMax)
		crowd.Enter(2)
		now := site(t, "BulkheadMax")
		harness.Equal(t, "running", now.Running, 2)
		if now.Bulkhead == nil {
			t.Fatal("there must be a bulkhead")
		}
		harness.Equal(t, "bulkhead", *now.Bulkhead, runtimehooks.BulkheadStatus{Name: method("BulkheadMax"), Running: 2, Max: 5})
		crowd.LetAll()
		crowd.AllOK()
		harness.Is(t, client.BulkheadMax(t.Context(), harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		now = site(t, "BulkheadMax")
		harness.Equal(t, "running", now.Running, 0)
		harness.Equal(t, "calls", now.Calls-before.Calls, 3)
		harness.Equal(t, "failures", now.Failures-before.Failures, 1)
	})
	harness.Run(t, "a breaker that is open", func(t *testing.T) {
		harness.FreshCall(t, client.Window)
		harness.Play(t, "FFO", 0, client.Window)
		breakers := site(t, "Window").Breakers
		if len(breakers) != 1 {
			t.Fatalf("there must be one breaker: %v", breakers)
		}
		harness.Equal(t, "state", breakers[0].State, runtimehooks.BreakerOpen)
		harness.Equal(t, "wait", breakers[0].Wait, time.Second)
		harness.Equal(t, "forced", breakers[0].Forced, false)
	})
}
