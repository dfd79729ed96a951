package bench

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
	"go.opentelemetry.io/otel/trace"
)

// failsafeContender is failsafe-go with its policies composed once, below closures for what it does
// not do. Without policies it would be closuresContender.
func failsafeContender() Contender {
	return Contender{
		Name: "failsafe",
		All: func(s *Stock, pause time.Duration) Function {
			i := newInstruments()
			return chain(composed(s, timeout.New[int](deadline), newRetryPolicy(pause), newBreakerPolicy()), traced(i), measured(i), recovered)
		},
		Eight: func(s *Stock, pause time.Duration) Function {
			i := newInstruments()
			return chain(composed(s, ratelimiter.NewBursty[int](burst, burst*time.Second/rate), timeout.New[int](deadline),
				newRetryPolicy(pause), newBreakerPolicy(), bulkhead.New[int](slots)), traced(i), measured(i), recovered)
		},
		Open: circuitbreaker.ErrOpen,
	}
}

// composed returns Reserve with policies, the first outermost.
func composed(s *Stock, policies ...failsafe.Policy[int]) Function {
	executor := failsafe.With(policies...)
	return func(ctx context.Context, n int) (int, error) {
		return executor.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[int]) (int, error) {
			return s.Reserve(e.Context(), n)
		})
	}
}

func newBreakerPolicy() circuitbreaker.CircuitBreaker[int] {
	return circuitbreaker.NewBuilder[int]().WithFailureThreshold(failures).WithDelay(cooldown).Build()
}

func newRetryPolicy(pause time.Duration) retrypolicy.RetryPolicy[int] {
	b := retrypolicy.NewBuilder[int]().
		WithMaxAttempts(attempts).
		AbortOnErrors(circuitbreaker.ErrOpen).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[int]) {
			retrying(trace.SpanFromContext(e.Context()), e.Attempts()+1, e.Delay, e.LastError())
		})
	if pause > 0 { // a backoff of 0 is refused
		b = b.WithBackoffFactor(pause, longest, factor).WithJitterFactor(jitter)
	}
	return b.Build()
}
