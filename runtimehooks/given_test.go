package runtimehooks

import (
	"context"
	"os"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// ownContext is a type of the user's, which a body may look for.
type ownContext struct{ context.Context }

// nothing is what a caller gives that has no context.
var nothing context.Context

// While no provider records, a body gets the very context that its caller gave: a nil stays nil,
// and types and comparisons hold. A provider that is installed later takes effect.
func TestGivenContext(t *testing.T) {
	const child = "GIVEN"
	if os.Getenv(child) == "" {
		rerun(t, child+"=1") // no other test has installed a provider there
		return
	}
	own := &ownContext{context.Background()}
	policies := Aspects{Trace: &Trace{}, Metrics: &Metrics{}, Retry: &Retry{Attempts: 2}, Breaker: &Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}}
	traced := func(name string, on Aspects) *Site { return &Site{Function: "a." + name, Name: name, Aspects: on} }
	straight, looped := traced("Straight", Aspects{Trace: &Trace{}}), traced("Looped", policies)
	gets := func(ctx context.Context) (list []context.Context) {
		body := func(ctx context.Context) error { list = append(list, ctx); return nil }
		if err := prologue(ctx, straight, body); err != nil {
			t.Fatal(err)
		}
		if err := attempts(ctx, looped, body); err != nil {
			t.Fatal(err)
		}
		return list
	}
	check := func(when string) {
		t.Helper()
		for i, ctx := range gets(own) {
			if ctx != context.Context(own) {
				t.Errorf("%s, shape %d: the body got %v", when, i, ctx)
			}
		}
		for i, ctx := range gets(nothing) {
			if ctx != nil {
				t.Errorf("%s, shape %d: a nil context became %v", when, i, ctx)
			}
		}
	}
	check("no provider is installed")

	spans := tracetest.NewSpanRecorder()
	install(t, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), metricnoop.NewMeterProvider())
	for i, ctx := range gets(own) {
		if !trace.SpanFromContext(ctx).SpanContext().IsValid() {
			t.Errorf("shape %d: a provider that was installed later has no effect", i)
		}
	}
	for i, ctx := range gets(nothing) {
		if ctx != nil {
			t.Errorf("shape %d: a nil context became %v", i, ctx)
		}
	}
	if n := len(spans.Ended()); n != 4 {
		t.Errorf("%d spans, want 4", n)
	}

	otel.SetTracerProvider(tracenoop.NewTracerProvider())
	check("a no-op provider is installed")
}

// A deadline is a context of its own, also where the caller gave nothing.
func TestDeadlineOfNoContext(t *testing.T) {
	install(t, tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider())
	site := &Site{Function: "a.F", Aspects: Aspects{Trace: &Trace{}, Timeout: &Timeout{After: time.Hour}}}
	if err := prologue(nothing, site, func(ctx context.Context) error {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the body must have the timeout's deadline")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
