package runtimehooks

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Listeners run outside the lock, in order, and may use breakers. gobreaker deadlocks on a state
// query.
func TestListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := fresh(t)
		site := guarded()
		site.Breaker.Name = name
		var changes []string
		remove := OnBreakerChange(func(c BreakerChange) {
			if c.Breaker != name {
				return
			}
			state, _ := StateOfBreaker(c.Breaker)
			changes = append(changes, c.From.String()+" > "+c.To.String()+", now "+state.String())
			if c.To == BreakerHalfOpen {
				fails(t.Context(), site, 1) // the probe is out already: refused
			}
			if c.To == BreakerClosed {
				fails(t.Context(), site, 2) // opens it again, from inside
				changes = append(changes, "end of closed")
			}
		})
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		attempts(t.Context(), site, succeed)
		want := []string{
			"closed > open, now open", "open > half-open, now half-open", "half-open > closed, now closed", "end of closed", "closed > open, now open",
		}
		if diff := cmp.Diff(want, changes); diff != "" {
			t.Error(diff)
		}
		remove()
		time.Sleep(time.Minute)
		fails(t.Context(), site, 1)
		if len(changes) != len(want) {
			t.Error("a removed listener was called")
		}
	})
}

// A listener that panics does so in the call that told it; nothing is stuck after that.
func TestListenerPanics(t *testing.T) {
	name := fresh(t)
	site := guarded()
	site.Breaker.Name, site.Breaker.Cooldown = name, 0
	var changes int
	defer OnBreakerChange(func(c BreakerChange) {
		if c.Breaker == name {
			if changes++; changes == 1 {
				panic("listener")
			}
		}
	})()
	fails(t.Context(), site, 1)
	if value := caught(func() { fails(t.Context(), site, 1) }); value != "listener" {
		t.Errorf("recovered %v", value)
	}
	if err := attempts(t.Context(), site, succeed); err != nil || changes != 3 {
		t.Errorf("error %v after %d changes, want nil after 3", err, changes)
	}
}

// A listener that panics when the breaker becomes half-open takes the probe with it, not the
// probe's permit.
func TestListenerPanicsAtProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := fresh(t)
		site := guarded()
		site.Breaker.Name = name
		defer OnBreakerChange(func(c BreakerChange) {
			if c.Breaker == name && c.To == BreakerHalfOpen {
				panic("listener")
			}
		})()
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		if value := caught(func() { attempts(t.Context(), site, succeed) }); value != "listener" {
			t.Fatalf("recovered %v", value)
		}
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Errorf("the permit is lost: %v", err)
		}
	})
}

func TestManyCallers(t *testing.T) {
	name := fresh(t)
	site := &Site{
		Function: function, Aspects: Aspects{Recover: &Recover{}, Trace: &Trace{}, Metrics: &Metrics{}, Timeout: &Timeout{After: time.Minute},
			Retry:   &Retry{Attempts: 2},
			Breaker: &Breaker{Name: name, Rate: 0.9, Window: 10, Cooldown: time.Nanosecond, Probes: 2}},
	}
	var changes []BreakerChange // written by one goroutine at a time: the race detector would object otherwise
	defer OnBreakerChange(func(c BreakerChange) {
		if c.Breaker == name {
			changes = append(changes, c)
		}
	})()
	var ran atomic.Int64
	var callers sync.WaitGroup
	for i := range 1000 {
		callers.Go(func() {
			attempts(context.Background(), site, func(context.Context) error {
				switch ran.Add(1); {
				case i%7 == 0:
					panic(i)
				case i%3 != 0:
					return errBusy
				}
				return nil
			})
		})
	}
	callers.Wait()
	if ran.Load() == 0 {
		t.Error("no body ran")
	}
	for i := 1; i < len(changes); i++ {
		if changes[i].From != changes[i-1].To {
			t.Fatalf("change %d is from %v after one to %v", i, changes[i].From, changes[i-1].To)
		}
	}
}
