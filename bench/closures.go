package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/trace"
	xrate "golang.org/x/time/rate"
)

// closuresContender is a chain of closures, one for each concern, made of the usual libraries.
func closuresContender() Contender {
	return Contender{
		Name: "closures",
		Told: func(s *Stock, _ time.Duration) Function {
			i := newInstruments()
			return chain(s.Reserve, traced(i), measured(i))
		},
		All: func(s *Stock, pause time.Duration) Function {
			i := newInstruments()
			return chain(s.Reserve, traced(i), measured(i), recovered, bounded, retried(pause), guarded(newBreaker()))
		},
		Eight: func(s *Stock, pause time.Duration) Function {
			i := newInstruments()
			return chain(s.Reserve, traced(i), measured(i), recovered, limited(newLimiter()), bounded, retried(pause),
				guarded(newBreaker()), slotted(make(chan struct{}, slots)))
		},
		Open: gobreaker.ErrOpenState,
	}
}

// middleware puts one concern around a function.
type middleware func(next Function) Function

// chain returns f with the concerns around it, the first outermost.
func chain(f Function, concerns ...middleware) Function {
	for i := len(concerns) - 1; i >= 0; i-- {
		f = concerns[i](f)
	}
	return f
}

func traced(i *instruments) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (reserved int, err error) {
			ctx, span := i.begin(ctx)
			defer func() { i.end(span, err) }()
			return next(ctx, n)
		}
	}
}

func measured(i *instruments) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (reserved int, err error) {
			start := time.Now()
			defer func() { i.record(ctx, time.Since(start), err) }()
			return next(ctx, n)
		}
	}
}

// recovered is inside of traced and measured, which thereby see a panic as the error it becomes.
func recovered(next Function) Function {
	return func(ctx context.Context, n int) (reserved int, err error) {
		defer func() {
			if value := recover(); value != nil {
				err = fmt.Errorf("panic: %v", value)
			}
		}()
		return next(ctx, n)
	}
}

func limited(limiter *xrate.Limiter) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (int, error) {
			if !limiter.Allow() {
				return 0, errLimited
			}
			return next(ctx, n)
		}
	}
}

func bounded(next Function) Function {
	return func(ctx context.Context, n int) (int, error) {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		return next(ctx, n)
	}
}

func retried(pause time.Duration) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (int, error) {
			attempt := func() (int, error) {
				reserved, err := next(ctx, n)
				if err != nil && refused(err) {
					err = backoff.Permanent(err)
				}
				return reserved, err
			}
			begun := 1
			tell := func(err error, pause time.Duration) {
				begun++
				retrying(trace.SpanFromContext(ctx), begun, pause, err)
			}
			return backoff.Retry(ctx, attempt, backoff.WithMaxTries(attempts), backoff.WithMaxElapsedTime(0), backoff.WithNotify(tell),
				backoff.WithBackOff(&backoff.ExponentialBackOff{
					InitialInterval: pause, RandomizationFactor: jitter, Multiplier: factor, MaxInterval: longest,
				}))
		}
	}
}

func guarded(breaker *gobreaker.CircuitBreaker[int]) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (int, error) {
			return breaker.Execute(func() (int, error) { return next(ctx, n) })
		}
	}
}

func slotted(slots chan struct{}) middleware {
	return func(next Function) Function {
		return func(ctx context.Context, n int) (int, error) {
			select {
			case slots <- struct{}{}:
			default:
				return 0, errFull
			}
			defer func() { <-slots }()
			return next(ctx, n)
		}
	}
}
