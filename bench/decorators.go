package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.opentelemetry.io/otel/trace"
)

// decoratorsContender is a chain of decorators in the manner of gowrap's templates: one struct for
// each concern, which implements the interface and calls the next. gowrap has no recover and no
// bulkhead, and a limit whose goroutine never stops, so there are five of the eight. Unlike the
// templates these prepare their options, retry no refusal and pause as the others do: what the
// tests hold all contenders to.
func decoratorsContender() Contender {
	return Contender{
		Name: "decorators",
		Eight: func(s *Stock, pause time.Duration) Function {
			i := newInstruments()
			return withTracing{withMetrics{withTimeout{withRetry{&withBreaker{next: s}, pause}}, i}, i}.Reserve
		},
		Open:   errCircuitOpen,
		Panics: true,
	}
}

// reserver is the interface that is decorated.
type reserver interface {
	Reserve(ctx context.Context, n int) (int, error)
}

type withTracing struct {
	next reserver
	*instruments
}

func (d withTracing) Reserve(ctx context.Context, n int) (reserved int, err error) {
	ctx, span := d.begin(ctx)
	defer func() { d.end(span, err) }()
	return d.next.Reserve(ctx, n)
}

type withMetrics struct {
	next reserver
	*instruments
}

func (d withMetrics) Reserve(ctx context.Context, n int) (reserved int, err error) {
	start := time.Now()
	defer func() { d.record(ctx, time.Since(start), err) }()
	return d.next.Reserve(ctx, n)
}

type withTimeout struct {
	next reserver
}

func (d withTimeout) Reserve(ctx context.Context, n int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	return d.next.Reserve(ctx, n)
}

type withRetry struct {
	next  reserver
	pause time.Duration
}

func (d withRetry) Reserve(ctx context.Context, n int) (reserved int, err error) {
	var pauses *backoff.ExponentialBackOff
	for attempt := 1; ; attempt++ {
		reserved, err = d.next.Reserve(ctx, n)
		if err == nil || attempt == attempts || errors.Is(err, errCircuitOpen) || ctx.Err() != nil {
			return reserved, err
		}
		if pauses == nil {
			pauses = newPauses(d.pause)
		}
		pause := pauses.NextBackOff()
		if !sleep(ctx, pause) {
			return reserved, err
		}
		retrying(trace.SpanFromContext(ctx), attempt+1, pause, err)
	}
}

// withBreaker lets every call through once its cooldown is over, as gowrap's template does.
type withBreaker struct {
	next reserver

	mu     sync.RWMutex
	failed int       // consecutive failures
	until  time.Time // while it is open
}

var errCircuitOpen = errors.New("circuit is open")

func (d *withBreaker) Reserve(ctx context.Context, n int) (reserved int, err error) {
	d.mu.RLock()
	open := !d.until.IsZero() && d.until.After(time.Now())
	d.mu.RUnlock()
	if open {
		return 0, errCircuitOpen
	}
	reserved, err = d.next.Reserve(ctx, n)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.failed, d.until = 0, time.Time{}
		return reserved, nil
	}
	if d.failed++; d.failed >= failures {
		d.until = time.Now().Add(cooldown)
	}
	return reserved, err
}
