package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/sony/gobreaker/v2"
)

// handContender is what a careful person writes for one function: straight code, prepared options, and nothing made for
// a retry before an attempt has failed.
func handContender() Contender {
	return Contender{
		Name: "hand",
		Told: func(s *Stock) Function { return newHand(s, 0).told },
		All:  func(s *Stock, pause time.Duration) Function { return newHand(s, pause).all },
		Open: gobreaker.ErrOpenState,
	}
}

type hand struct {
	*instruments
	stock   *Stock
	pause   time.Duration // the first one between attempts
	breaker *gobreaker.CircuitBreaker[int]
}

func newHand(s *Stock, pause time.Duration) *hand {
	return &hand{instruments: newInstruments(), stock: s, pause: pause, breaker: newBreaker()}
}

// newBreaker returns a gobreaker with the limits of this package.
func newBreaker() *gobreaker.CircuitBreaker[int] {
	return gobreaker.NewCircuitBreaker[int](gobreaker.Settings{
		Name:        spanName,
		MaxRequests: 1,
		Timeout:     cooldown,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
	})
}

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
		if err == nil || attempt == attempts || refused(err) || ctx.Err() != nil {
			return reserved, err
		}
		if pauses == nil {
			pauses = h.pauses()
		}
		pause := pauses.NextBackOff()
		if !sleep(ctx, pause) {
			return reserved, err
		}
		retrying(span, attempt+1, pause, err)
	}
}

// pauses returns the pauses of one call.
func (h *hand) pauses() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(h.pause), backoff.WithMaxInterval(longest), backoff.WithMultiplier(factor),
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
