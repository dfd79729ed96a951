package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// handFTContender is what the careful person writes who also records the histograms that
// MicroProfile asks for: one of the timeout, one of the bulkhead. It is what woven code must be
// measured against where both record the same.
func handFTContender() Contender {
	return Contender{
		Name:  "hand-ft",
		Eight: func(s *Stock, pause time.Duration) Function { return newHandFT(s, pause).eight },
		Open:  gobreaker.ErrOpenState,
	}
}

type handFT struct {
	*hand
	timeout, running metric.Float64Histogram
}

func newHandFT(s *Stock, pause time.Duration) *handFT {
	meter := otel.GetMeterProvider().Meter(runtimehooks.Scope)
	of := func(name string) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"),
			metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
		if err != nil {
			otel.Handle(err)
		}
		return h
	}
	return &handFT{newHand(s, pause), of("ft.timeout.executionDuration"), of("ft.bulkhead.runningDuration")}
}

// eight is that of hand. It reads the clock once more for each attempt.
func (h *handFT) eight(ctx context.Context, n int) (reserved int, err error) {
	start, last := time.Now(), time.Duration(0)
	outer, span := h.begin(ctx)
	limited := true
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v", value)
		}
		took := time.Since(start)
		if !limited {
			h.timeout.Record(outer, took.Seconds(), h.success...)
		}
		h.record(outer, took, err)
		h.end(span, err)
	}()
	if !h.limiter.AllowN(start, 1) {
		return 0, errLimited
	}
	limited, ctx = false, outer
	until := start.Add(deadline)
	if theirs, ok := ctx.Deadline(); !ok || theirs.After(until) {
		bounded, cancel := context.WithDeadline(outer, until)
		defer cancel()
		ctx = bounded
	}

	var pauses *backoff.ExponentialBackOff
	for attempt := 1; ; attempt++ {
		reserved, err = h.breaker.Execute(func() (int, error) {
			result, err := h.inSlot(ctx, n)
			now := time.Since(start)
			h.running.Record(outer, (now - last).Seconds(), h.success...)
			last = now
			return result, err
		})
		if err == nil || !h.again(ctx, span, attempt, &pauses, err) {
			return reserved, err
		}
	}
}
