package runtimehooks

import (
	"context"
	"os"
	"reflect"
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

// A body that keeps its context gets the very one that its caller gave inside custom advice, too,
// also one that cannot be compared, and what the advice has handed on instead of what it got.
func TestGivenInsideAdvice(t *testing.T) {
	other := context.WithValue(context.Background(), ownContext{}, 1)
	var handOn context.Context
	advice := Advice{Name: "advice", Func: func(ctx context.Context, _ *Site, next func(context.Context) error) error {
		if handOn != nil {
			return next(handOn)
		}
		return next(ctx)
	}}
	site := &Site{Function: "a.Kept", Name: "Kept", Aspects: Aspects{Trace: &Trace{}, Around: []Advice{advice}}}
	kept := func(ctx context.Context) (got context.Context, err error) {
		call := site.Call()
		call.Enter(ctx)
		defer call.Exit(&err)
		for call.Next(&err) {
			err = call.Around(call.Context(), func(c context.Context) error {
				got = call.Given(ctx, c)
				return nil
			})
		}
		return
	}
	incomparable := listContext{context.Background(), []int{1}}
	check := func(when string, given, want context.Context) {
		t.Helper()
		got, err := kept(given)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the body got %v, want %v", when, got, want)
		}
	}
	for _, provider := range []trace.TracerProvider{tracenoop.NewTracerProvider(), sdktrace.NewTracerProvider()} {
		install(t, provider, metricnoop.NewMeterProvider())
		handOn = nil
		own := &ownContext{context.Background()}
		if got, _ := kept(own); got != context.Context(own) {
			t.Errorf("%T: the body got %v", provider, got)
		}
		check("it cannot be compared", incomparable, incomparable)
		check("there is none", nothing, nothing)
		handOn = other
		check("advice hands on another one", own, other)
		check("advice hands on another one for what cannot be compared", incomparable, other)
		handOn = incomparable
		check("advice hands on one that cannot be compared", own, incomparable)
	}
}

// listContext cannot be compared: it panics.
type listContext struct {
	context.Context
	list []int
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
