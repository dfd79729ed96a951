package bench

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// wovenContender is what the tool makes of a plain function. Its statements are those that the tool
// writes. The tool also writes the site as a variable of the package; here it is a field, so that
// each run begins with a closed breaker.
func wovenContender() Contender {
	return Contender{
		Name: "woven",
		Told: func(s *Stock, _ time.Duration) Function {
			return (&woven{stock: s, site: runtimehooks.Site{
				Function: function,
				Name:     spanName,
				Aspects: runtimehooks.Aspects{
					Trace:   &runtimehooks.Trace{},
					Metrics: &runtimehooks.Metrics{},
				},
			}}).told
		},
		All: func(s *Stock, pause time.Duration) Function {
			return (&woven{stock: s, site: runtimehooks.Site{
				Function: function,
				Name:     spanName,
				Aspects: runtimehooks.Aspects{
					Recover: &runtimehooks.Recover{},
					Trace:   &runtimehooks.Trace{},
					Metrics: &runtimehooks.Metrics{},
					Timeout: &runtimehooks.Timeout{After: deadline},
					Retry:   wovenRetry(pause),
					Breaker: &runtimehooks.Breaker{Failures: failures, Cooldown: cooldown, Probes: 1},
				},
			}}).all
		},
		Eight: func(s *Stock, pause time.Duration) Function {
			return (&woven{stock: s, site: runtimehooks.Site{
				Function: function,
				Name:     spanName,
				Aspects: runtimehooks.Aspects{
					Recover:  &runtimehooks.Recover{},
					Trace:    &runtimehooks.Trace{},
					Metrics:  &runtimehooks.Metrics{},
					Limit:    &runtimehooks.Limit{Rate: rate, Per: time.Second, Burst: burst},
					Timeout:  &runtimehooks.Timeout{After: deadline},
					Retry:    wovenRetry(pause),
					Breaker:  &runtimehooks.Breaker{Failures: failures, Cooldown: cooldown, Probes: 1},
					Bulkhead: &runtimehooks.Bulkhead{Max: slots},
				},
			}}).eight
		},
		Open: runtimehooks.ErrOpen,
	}
}

// wovenRetry has no budget, unlike a retry by default: the others have none, and in these
// benchmarks every call is retried.
func wovenRetry(pause time.Duration) *runtimehooks.Retry {
	return &runtimehooks.Retry{Attempts: attempts, Initial: pause, Max: longest, Factor: factor, Jitter: jitter}
}

type woven struct {
	site  runtimehooks.Site
	stock *Stock
}

// told has the prologue shape: nothing in it calls the body twice.
func (w *woven) told(ctx context.Context, n int) (r0 int, err error) {
	call := runtimehooks.Call{Site: &w.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	return w.stock.Reserve(ctx, n)
}

// all has the attempt shape.
func (w *woven) all(ctx context.Context, n int) (r0 int, err error) {
	call := runtimehooks.Call{Site: &w.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		r0, err = func(ctx context.Context, n int) (int, error) {
			return w.stock.Reserve(ctx, n)
		}(call.Context(), n)
	}
	return
}

// eight has a gate before its attempts, after which the timeout begins.
func (w *woven) eight(ctx context.Context, n int) (r0 int, err error) {
	call := runtimehooks.Call{Site: &w.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, call.Key()) {
		return
	}
	ctx = call.Start(ctx)
	for call.Next(&err) {
		r0, err = func(ctx context.Context, n int) (int, error) {
			return w.stock.Reserve(ctx, n)
		}(call.Context(), n)
	}
	return
}
