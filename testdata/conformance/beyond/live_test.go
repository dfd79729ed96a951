package beyond_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// live overrides the options of one aspect of a site, until the end of the test or the next call.
func live(t *testing.T, function, aspect string, o runtimehooks.OptionOverrides) {
	t.Helper()
	harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
		"example.com/conformance/beyond." + function: {aspect: o},
	}})
}

func TestLive(t *testing.T) {
	call := beyond.LiveBulkhead
	harness.Run(t, "a bulkhead that is switched off and on keeps count", func(t *testing.T) {
		crowd := harness.NewCrowd(t, call)
		crowd.Enter(2)
		live(t, "LiveBulkhead", "bulkhead", runtimehooks.OptionOverrides{"enabled": "false"})
		crowd.Enter(2) // these have no slots
		crowd.Let()
		live(t, "LiveBulkhead", "bulkhead", runtimehooks.OptionOverrides{"enabled": "true"})
		crowd.LetAll()
		crowd.AllOK()
		next := harness.NewCrowd(t, call)
		next.Enter(2)
		harness.Is(t, call(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		next.LetAll()
		next.AllOK()
	})
	harness.Run(t, "a bulkhead that shrinks waits until enough have left", func(t *testing.T) {
		crowd := harness.NewCrowd(t, call)
		crowd.Enter(2)
		live(t, "LiveBulkhead", "bulkhead", runtimehooks.OptionOverrides{"max": "1"})
		crowd.Let()
		harness.Is(t, call(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		crowd.LetAll()
		crowd.AllOK()
		harness.OK(t, call(t.Context(), harness.Succeeds))
	})
	harness.Run(t, "a bulkhead that grows lets more in at once", func(t *testing.T) {
		crowd := harness.NewCrowd(t, call)
		crowd.Enter(2)
		live(t, "LiveBulkhead", "bulkhead", runtimehooks.OptionOverrides{"max": "3"})
		crowd.Enter(1)
		harness.Equal(t, "works at a time", crowd.Running.Load(), 3)
		crowd.LetAll()
		crowd.AllOK()
	})
	harness.Run(t, "a shorter cooldown holds for a breaker that is open", func(t *testing.T) {
		harness.FreshCall(t, beyond.LiveBreaker)
		harness.Play(t, "FFO", 0, beyond.LiveBreaker)
		live(t, "LiveBreaker", "breaker", runtimehooks.OptionOverrides{"cooldown": "1s"})
		harness.Play(t, "O.S", time.Second, beyond.LiveBreaker)
	})
	harness.Run(t, "a breaker that is switched off during a probe gets it back", func(t *testing.T) {
		harness.FreshCall(t, beyond.LiveBreaker)
		harness.Play(t, "FFO.", 50*time.Second, beyond.LiveBreaker)
		result, gate := hold(t, beyond.LiveBreaker, nil)
		live(t, "LiveBreaker", "breaker", runtimehooks.OptionOverrides{"enabled": "false"})
		harness.Play(t, "FFFF", 0, beyond.LiveBreaker)
		close(gate)
		harness.OK(t, <-result)
		live(t, "LiveBreaker", "breaker", runtimehooks.OptionOverrides{"enabled": "true"})
		harness.Play(t, "SS", 0, beyond.LiveBreaker)
	})
	harness.Run(t, "an operator opens and closes a breaker", func(t *testing.T) {
		harness.FreshCall(t, beyond.LiveBreaker)
		const function = "example.com/conformance/beyond.LiveBreaker"
		force := func(to runtimehooks.BreakerForce) {
			t.Helper()
			harness.OK(t, runtimehooks.Policies().ForceBreaker(function, "", to))
		}
		force(runtimehooks.BreakerForcedOpen)
		harness.Play(t, "O.O", time.Hour, beyond.LiveBreaker)
		force(runtimehooks.BreakerForcedClosed)
		harness.Play(t, "FFFFF", 0, beyond.LiveBreaker)
		force(runtimehooks.BreakerAuto)
		harness.Play(t, "FFO", 0, beyond.LiveBreaker)
	})
	harness.Run(t, "overrides change under 1000 goroutines", func(t *testing.T) {
		harness.Later()
		var group atomic.Int32
		group.Store(1000)
		for i := range 1000 {
			go func() {
				defer group.Add(-1)
				for n := range 5 {
					err := beyond.LiveAll(t.Context(), fmt.Sprint(i, n), func(context.Context) error {
						time.Sleep(time.Microsecond)
						if i%7 == 0 {
							return harness.ErrBoom
						}
						return nil
					})
					for _, known := range []error{harness.ErrBoom, runtimehooks.ErrFull, runtimehooks.ErrOpen, runtimehooks.ErrLimited} {
						if errors.Is(err, known) {
							err = nil
						}
					}
					harness.OK(t, err)
					time.Sleep(time.Millisecond)
				}
			}()
		}
		for n := 0; group.Load() > 0; n++ {
			enabled := fmt.Sprint(n%2 == 0)
			harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{"*": {
				"bulkhead": {"enabled": enabled, "max": fmt.Sprint(1 + n%5)}, "breaker": {"enabled": enabled}, "cache": {"enabled": enabled},
				"retry": {"attempts": fmt.Sprint(1 + n%3)}, "limit": {"enabled": enabled}, "timeout": {"enabled": enabled},
			}}})
			time.Sleep(100 * time.Microsecond)
		}
		harness.OK(t, runtimehooks.Policies().Override(runtimehooks.Overrides{}))
		time.Sleep(time.Minute)
		crowd := harness.NewCrowd(t, func(ctx context.Context, work harness.Work) error {
			return beyond.LiveAll(ctx, fmt.Sprint(time.Now().UnixNano(), crowdKey.Add(1)), work)
		})
		crowd.Enter(10)
		harness.Equal(t, "works at a time afterwards", crowd.Running.Load(), 4)
		crowd.LetAll()
		crowd.AllOK()
	})
}

var crowdKey atomic.Int64
