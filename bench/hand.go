package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/trace"
	xrate "golang.org/x/time/rate"
)

// handContender is what a careful person writes for one function: straight code, prepared options,
// and nothing made for a retry before an attempt has failed.
func handContender() Contender {
	return Contender{
		Name:  "hand",
		Told:  func(s *Stock, pause time.Duration) Function { return newHand(s, pause).told },
		All:   func(s *Stock, pause time.Duration) Function { return newHand(s, pause).all },
		Eight: func(s *Stock, pause time.Duration) Function { return newHand(s, pause).eight },
		Open:  gobreaker.ErrOpenState,
	}
}

type hand struct {
	*instruments
	stock   *Stock
	pause   time.Duration // the first one between attempts
	limiter *xrate.Limiter
	slots   chan struct{} // one element for each call that runs
	breaker *gobreaker.CircuitBreaker[int]
}

func newHand(s *Stock, pause time.Duration) *hand {
	return &hand{
		instruments: newInstruments(), stock: s, pause: pause,
		limiter: newLimiter(), slots: make(chan struct{}, slots), breaker: newBreaker(),
	}
}

// newLimiter returns a limiter with the limits of this package.
func newLimiter() *xrate.Limiter { return xrate.NewLimiter(rate, burst) }

// newBreaker returns a gobreaker with the limits of this package.
func newBreaker() *gobreaker.CircuitBreaker[int] {
	return gobreaker.NewCircuitBreaker[int](gobreaker.Settings{
		Name:        spanName,
		MaxRequests: 1,
		Timeout:     cooldown,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
	})
}

// The refusals of limits and bulkheads that are not a library's.
var (
	errLimited = errors.New("rate limit exceeded")
	errFull    = errors.New("bulkhead full")
)

// refused reports whether err is a gobreaker's refusal.
func refused(err error) bool {
	return errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
}

func (h *hand) told(ctx context.Context, n int) (reserved int, err error) {
	start := time.Now()
	ctx, span := h.begin(ctx)
	defer func() {
		h.record(ctx, time.Since(start), err)
		h.end(span, err)
	}()
	return h.stock.Reserve(ctx, n)
}

func (h *hand) all(ctx context.Context, n int) (reserved int, err error) {
	start := time.Now()
	outer, span := h.begin(ctx)
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v", value)
		}
		h.record(outer, time.Since(start), err)
		h.end(span, err)
	}()
	ctx, cancel := context.WithTimeout(outer, deadline)
	defer cancel()

	var pauses *backoff.ExponentialBackOff
	for attempt := 1; ; attempt++ {
		reserved, err = h.breaker.Execute(func() (int, error) { return h.stock.Reserve(ctx, n) })
		if err == nil || !h.again(ctx, span, attempt, &pauses, err) {
			return reserved, err
		}
	}
}

// eight is all with a limit and a bulkhead. It reads the clock twice, and makes no context where
// the caller's deadline is sooner than its own.
func (h *hand) eight(ctx context.Context, n int) (reserved int, err error) {
	start := time.Now()
	outer, span := h.begin(ctx)
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v", value)
		}
		h.record(outer, time.Since(start), err)
		h.end(span, err)
	}()
	if !h.limiter.AllowN(start, 1) {
		return 0, errLimited
	}
	ctx = outer
	until := start.Add(deadline)
	if theirs, ok := ctx.Deadline(); !ok || theirs.After(until) {
		bounded, cancel := context.WithDeadline(outer, until)
		defer cancel()
		ctx = bounded
	}

	var pauses *backoff.ExponentialBackOff
	for attempt := 1; ; attempt++ {
		reserved, err = h.breaker.Execute(func() (int, error) { return h.inSlot(ctx, n) })
		if err == nil || !h.again(ctx, span, attempt, &pauses, err) {
			return reserved, err
		}
	}
}

// inSlot calls the body in a slot of the bulkhead.
func (h *hand) inSlot(ctx context.Context, n int) (int, error) {
	select {
	case h.slots <- struct{}{}:
	default:
		return 0, errFull
	}
	defer func() { <-h.slots }()
	return h.stock.Reserve(ctx, n)
}

// again reports whether another attempt follows the one that failed with err, after the pause
// before it.
func (h *hand) again(ctx context.Context, span trace.Span, attempt int, pauses **backoff.ExponentialBackOff, err error) bool {
	if attempt == attempts || refused(err) || ctx.Err() != nil {
		return false
	}
	if *pauses == nil {
		*pauses = newPauses(h.pause)
	}
	pause := (*pauses).NextBackOff()
	if !sleep(ctx, pause) {
		return false
	}
	retrying(span, attempt+1, pause, err)
	return true
}

// newPauses returns the pauses of one call, which begin with first.
func newPauses(first time.Duration) *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(first), backoff.WithMaxInterval(longest), backoff.WithMultiplier(factor),
		backoff.WithRandomizationFactor(jitter), backoff.WithMaxElapsedTime(0))
}

// sleep waits for d and reports whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
