package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// soak has n goroutines call for so long, waits for what they have left behind, and checks it.
// goroutines returns how many there are.
func soak(prefix string, d time.Duration, n int, goroutines func() int) *report {
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.TraceIDRatioBased(0.1))))
	defer otel.SetMeterProvider(metricnoop.NewMeterProvider())
	defer otel.SetTracerProvider(tracenoop.NewTracerProvider())

	before := goroutines()
	r := &report{subjects: newSubjects(prefix)}
	r.run(d, n)
	r.recover()
	r.settle(before, goroutines)
	r.check(reader)
	return r
}

// run calls the subjects until the time is over. They are well and unwell in turn.
func (r *report) run(d time.Duration, n int) {
	end := time.Now().Add(d)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for time.Now().Before(end) {
				r.subjects[rand.IntN(len(r.subjects))].call(true)
			}
		})
	}
	for time.Now().Before(end) {
		time.Sleep(50 * time.Millisecond)
		for _, s := range r.subjects {
			s.sick.Store(chance(30))
		}
	}
	workers.Wait()
	for _, s := range r.subjects {
		s.sick.Store(false)
	}
}

// call calls the subject once, on a goroutine of its own, which the body may end, and returns when
// that has ended.
func (s *subject) call(mayCancel bool) ending {
	t := &trip{}
	ctx, cancel := s.context(context.WithValue(context.Background(), tripKey{}, t), mayCancel)
	defer cancel()
	e := ending{key: s.newKey()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if !e.returned {
				e.value = recover()
			}
			e.bodies = t.bodies.Load()
			e.cancelled = ctx.Err() == context.Canceled
			s.count(e)
		}()
		e.result, e.err = s.woven(s, ctx, e.key)
		e.returned = true
	}()
	<-done
	return e
}

// context returns the context of a call: without an end, with a deadline, or one that the caller
// cancels at some time.
func (s *subject) context(ctx context.Context, mayCancel bool) (context.Context, context.CancelFunc) {
	switch {
	case !mayCancel || chance(40):
		return ctx, func() {}
	case s.steady || chance(50):
		return context.WithTimeout(ctx, upTo(40*time.Millisecond)+time.Nanosecond)
	}
	ctx, cancel := context.WithCancel(ctx)
	if chance(10) {
		cancel()
		return ctx, cancel
	}
	timer := time.AfterFunc(upTo(10*time.Millisecond), cancel)
	return ctx, func() { timer.Stop(); cancel() }
}

func (s *subject) newKey() string {
	switch {
	case s.keys > 0:
		return fmt.Sprint("key ", rand.IntN(s.keys))
	case s.site.Idempotent != nil: // some calls in a row have the same
		return fmt.Sprint("key ", s.serial.Add(1)/6)
	}
	return "key"
}

// settle waits for bodies that have outlived their calls, and for all goroutines that calls have
// begun.
func (r *report) settle(before int, goroutines func() int) {
	time.Sleep(4 * patience)
	for tries := 0; goroutines() > before; tries++ {
		if tries == 200 {
			r.wrong = append(r.wrong, fmt.Sprintf("%d goroutines are left, and %d were there at the start", goroutines(), before))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// recover calls each subject with a breaker until it is closed again. One that has lost a permit
// while half-open never does.
func (r *report) recover() {
	for _, s := range r.subjects {
		if s.site.Breaker == nil {
			continue
		}
		for tries := 0; !s.closed(); tries++ {
			if tries == 1000 {
				r.wrong = append(r.wrong, s.name+": its breaker does not close any more")
				break
			}
			time.Sleep(s.site.Breaker.Cooldown)
			s.call(false)
		}
	}
}

func (s *subject) closed() bool {
	for _, b := range s.state().Breakers {
		if b.State != runtimehooks.BreakerClosed {
			return false
		}
	}
	return true
}

// state returns the state of the subject's site.
func (s *subject) state() runtimehooks.SiteState {
	for _, site := range runtimehooks.Policies().Sites() {
		if site.Function == s.site.Function {
			return site
		}
	}
	return runtimehooks.SiteState{}
}
