package beyond_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestBreaker(t *testing.T) {
	harness.Run(t, "a herd of 50 finds one probe", func(t *testing.T) { herd(t, beyond.Breaker, "FFO.", 1) })
	harness.Run(t, "a herd of 50 finds three probes", func(t *testing.T) { herd(t, beyond.Probes, "FFFO.", 3) })
	harness.Run(t, "a refusal says when to come again", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		harness.Play(t, "FF", 0, beyond.Breaker)
		time.Sleep(300 * time.Millisecond)
		open, ok := errors.AsType[*runtimehooks.OpenError](beyond.Breaker(t.Context(), harness.Succeeds))
		if !ok || open.RetryAfter() != 700*time.Millisecond {
			t.Errorf("error must ask for 700 ms: %v", open)
		}
	})
	harness.Run(t, "a success that comes late does not close it", func(t *testing.T) { late(t, nil, "O") })
	harness.Run(t, "a failure that comes late does not open it", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		first, gate := hold(t, beyond.Breaker, harness.ErrBoom)
		second, gateToo := hold(t, beyond.Breaker, harness.ErrBoom)
		harness.Play(t, "FFO.S", time.Second, beyond.Breaker)
		close(gate)
		close(gateToo)
		harness.Is(t, <-first, harness.ErrBoom)
		harness.Is(t, <-second, harness.ErrBoom)
		harness.Play(t, "S", 0, beyond.Breaker)
	})
	harness.Run(t, "a caller's cancel counts as nothing", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		for range 5 {
			cancelled(t, beyond.Breaker)
		}
		harness.Play(t, "FSF", 0, beyond.Breaker)
		cancelled(t, beyond.Breaker) // between two failures
		harness.Play(t, "FO", 0, beyond.Breaker)
	})
	harness.Run(t, "a caller's cancel gives the probe back", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		harness.Play(t, "FFO.", time.Second, beyond.Breaker)
		cancelled(t, beyond.Breaker)
		harness.Play(t, "S", 0, beyond.Breaker)
	})
	harness.Run(t, "listeners may ask and call, and see changes in order", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		var seen []string
		defer runtimehooks.OnBreakerChange(func(c runtimehooks.BreakerChange) {
			seen = append(seen, c.To.String())
			runtimehooks.StateOfBreaker(c.Breaker)
			_ = beyond.Breaker(t.Context(), harness.Succeeds)
		})()
		harness.Play(t, "FF", 0, beyond.Breaker)
		time.Sleep(time.Second)
		harness.OK(t, beyond.Breaker(t.Context(), harness.Succeeds))
		if want := []string{"open", "half-open", "closed"}; !slices.Equal(seen, want) {
			t.Errorf("changes must be %q, not %q", want, seen)
		}
	})
	harness.Run(t, "keys have breakers of their own", func(t *testing.T) {
		tenant := func(name string) service {
			return func(ctx context.Context, work harness.Work) error { return beyond.Keyed(ctx, name, work) }
		}
		harness.FreshCall(t, tenant("one"))
		harness.FreshCall(t, tenant("other"))
		harness.Play(t, "FFO", 0, tenant("one"))
		harness.Play(t, "SFS", 0, tenant("other"))
		harness.Play(t, "O", 0, tenant("one"))
	})
	harness.Run(t, "a window of time forgets", func(t *testing.T) {
		harness.FreshCall(t, beyond.Period)
		harness.Play(t, "FFF.F.FFFFO", time.Minute, beyond.Period)
	})
	harness.Run(t, "slow calls open it", func(t *testing.T) {
		harness.FreshCall(t, beyond.Slow)
		for _, d := range []time.Duration{time.Second, 0, time.Second, 0} {
			harness.OK(t, beyond.Slow(t.Context(), harness.Takes(d, nil)))
		}
		harness.Play(t, "O", 0, beyond.Slow)
	})
}

// herd opens a breaker, and has 50 callers come when the cooldown is over.
func herd(t *testing.T, call service, open string, probes int) {
	t.Helper()
	const callers = 50
	harness.FreshCall(t, call)
	harness.Play(t, open, time.Second, call)
	crowd := harness.NewCrowd(t, call)
	crowd.Enter(callers)
	harness.Equal(t, "works at a time", int(crowd.Running.Load()), probes)
	refused := crowd.Results()
	harness.Equal(t, "refusals", len(refused), callers-probes)
	for _, err := range refused {
		harness.Is(t, err, runtimehooks.ErrOpen)
	}
	crowd.LetAll()
	crowd.AllOK()
	harness.Play(t, "SSS", 0, call)
}

// hold makes a call whose work ends with err when the gate is closed.
func hold(t *testing.T, call service, err error) (result chan error, gate chan struct{}) {
	t.Helper()
	result, gate = make(chan error, 1), make(chan struct{})
	go func() { result <- call(t.Context(), func(context.Context) error { <-gate; return err }) }()
	synctest.Wait()
	return result, gate
}

// late has a call end after its breaker has opened, and then plays.
func late(t *testing.T, err error, script string) {
	t.Helper()
	harness.FreshCall(t, beyond.Breaker)
	result, gate := hold(t, beyond.Breaker, err)
	harness.Play(t, "FFO", 0, beyond.Breaker)
	close(gate)
	harness.Is(t, <-result, err)
	harness.Play(t, script, 0, beyond.Breaker)
}

// cancelled makes a call that its caller cancels.
func cancelled(t *testing.T, call service) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	harness.Is(t, call(ctx, func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}), context.Canceled)
}

func TestPressure(t *testing.T) {
	t.Run("1000 goroutines use all policies", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			harness.FreshCall(t, beyond.All)
			var running, most, works atomic.Int32
			results := make(chan error, 1000)
			for i := range 1000 {
				go func() {
					results <- beyond.All(t.Context(), func(context.Context) error {
						defer running.Add(-1)
						for now, greatest := running.Add(1), most.Load(); now > greatest; greatest = most.Load() {
							most.CompareAndSwap(greatest, now)
						}
						works.Add(1)
						if i%3 == 0 {
							return harness.ErrBoom
						}
						return nil
					})
				}()
			}
			for range 1000 {
				if err := <-results; err != nil {
					known := errors.Is(err, harness.ErrBoom) || errors.Is(err, runtimehooks.ErrFull) || errors.Is(err, runtimehooks.ErrOpen)
					harness.Equal(t, "known error "+err.Error(), known, true)
				}
			}
			harness.Equal(t, "most works at a time", most.Load(), 1)
			harness.Equal(t, "works left", running.Load(), 0)
		})
	})
}
