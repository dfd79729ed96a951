package runtimehooks

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

func TestSpanOfSuccess(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{Function: function, Name: "Service.Place", Aspects: Aspects{Trace: &Trace{Kind: "client"}}}
			var inside trace.SpanContext
			if err := call(t.Context(), site, func(ctx context.Context) error {
				inside = trace.SpanContextFromContext(ctx)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			span := got.span(t)
			if span.Name() != "Service.Place" || span.SpanKind() != trace.SpanKindClient || span.Status().Code != codes.Unset {
				t.Errorf("span is %q %v %v", span.Name(), span.SpanKind(), span.Status())
			}
			if inside.SpanID() != span.SpanContext().SpanID() {
				t.Error("the body's context does not hold the call's span")
			}
			if diff := cmp.Diff(map[string]string{"code.function.name": function}, text(span.Attributes())); diff != "" {
				t.Error(diff)
			}
			if name := span.InstrumentationScope().Name; name != Scope {
				t.Errorf("scope is %q, want %q", name, Scope)
			}
		})
	}
}

func TestSpanOfError(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{Name: "place"}}}
			if err := call(t.Context(), site, func(context.Context) error { return errBusy }); err != errBusy {
				t.Fatalf("error is %v, want the body's untouched", err)
			}
			span := got.span(t)
			if span.Name() != "place" {
				t.Errorf("name is %q", span.Name())
			}
			if want := (sdktrace.Status{Code: codes.Error, Description: "busy"}); span.Status() != want {
				t.Errorf("status is %v, want %v", span.Status(), want)
			}
			want := map[string]string{"code.function.name": function, "error.type": "*errors.errorString"}
			if diff := cmp.Diff(want, text(span.Attributes())); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"exception"}, events(span)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A caller's cancel is an error like any other on the span.
func TestSpanOfCancel(t *testing.T) {
	got := record(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}
	if err := prologue(ctx, site, func(ctx context.Context) error { return ctx.Err() }); err != context.Canceled {
		t.Fatal(err)
	}
	if span := got.span(t); span.Status().Code != codes.Error {
		t.Errorf("status is %v, want an error", span.Status())
	}
}

// typedNil is an error whose Error method cannot be called on nil.
type typedNil struct{ text string }

func (e *typedNil) Error() string { return e.text }

func (e *typedNil) ErrorType() string { return e.text }

func TestTypedNilError(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Metrics: &Metrics{}}}
	var none *typedNil
	if err := prologue(t.Context(), site, func(context.Context) error { return none }); err != error(none) {
		t.Fatal(err)
	}
	if span := got.span(t); span.Status().Code != codes.Error {
		t.Errorf("status is %v: a nil pointer in an error is an error in Go", span.Status())
	}
}

// code is an error type whose zero value is success, as a concrete result type.
type code int

func (c code) Error() string { return fmt.Sprintf("code %d", int(c)) }

// byPointer has its methods on the pointer, and is returned as a value.
type byPointer struct{ text string }

func (p *byPointer) Error() string { return p.text }

// H13
func TestExitValue(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}
	for _, c := range []struct {
		name string
		call func(context.Context)
		want string // status description; "" for success
	}{
		{"nil pointer", func(ctx context.Context) { concrete(ctx, site, (*typedNil)(nil)) }, ""},
		{"pointer", func(ctx context.Context) { concrete(ctx, site, &typedNil{"no stock"}) }, "no stock"},
		{"zero value", func(ctx context.Context) { concrete(ctx, site, code(0)) }, ""},
		{"value", func(ctx context.Context) { concrete(ctx, site, code(7)) }, "code 7"},
		{"methods on the pointer", func(ctx context.Context) { concrete(ctx, site, byPointer{"late"}) }, "late"},
		{"nil interface", func(ctx context.Context) { concrete[interface{ error }](ctx, site, nil) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := record(t)
			c.call(t.Context())
			if status := got.span(t).Status(); status.Description != c.want || (status.Code == codes.Error) != (c.want != "") {
				t.Errorf("status is %v, want %q", status, c.want)
			}
		})
	}
}

func concrete[E any](ctx context.Context, site *Site, result E) (err E) {
	call := site.Call()
	_ = call.Enter(ctx)
	defer call.ExitValue(&err)
	return result
}

func TestRootSpanWithoutContext(t *testing.T) {
	got := record(t)
	rootCall(&Site{Function: function, Name: "F", Aspects: Aspects{Trace: &Trace{}}})
	if span := got.span(t); span.Parent().IsValid() {
		t.Error("the span has a parent")
	}
}

// Custom advice in a function without a context gets the call's.
func TestContext(t *testing.T) {
	got := record(t)
	call := (&Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}).Call()
	call.EnterRoot()
	call.Leave()
	if inside := trace.SpanContextFromContext(call.Context()); inside.SpanID() != got.span(t).SpanContext().SpanID() {
		t.Error("the context does not hold the span")
	}
}

func TestKinds(t *testing.T) {
	for kind, want := range map[string]trace.SpanKind{
		"": trace.SpanKindInternal, "internal": trace.SpanKindInternal, "server": trace.SpanKindServer,
		"client": trace.SpanKindClient, "producer": trace.SpanKindProducer, "consumer": trace.SpanKindConsumer,
	} {
		got := record(t)
		rootCall(&Site{Function: function, Aspects: Aspects{Trace: &Trace{Kind: kind}}})
		if k := got.span(t).SpanKind(); k != want {
			t.Errorf("kind %q is %v, want %v", kind, k, want)
		}
	}
}

func TestNilContext(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Timeout: &Timeout{After: time.Minute}}}
	//lint:ignore SA1012 a caller that passes nil is what is tested
	if err := prologue(nil, site, func(ctx context.Context) error { return ctx.Err() }); err != nil {
		t.Fatal(err)
	}
	got.span(t)
}

// sliceProvider cannot be compared: comparing two of them panics.
type sliceProvider struct {
	tracenoop.TracerProvider
	_ []int
}

func TestNewProviderIsPickedUp(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Metrics: &Metrics{}, Breaker: &Breaker{Failures: 2, Cooldown: time.Hour}}}
	call := func() { prologue(context.Background(), site, func(context.Context) error { return errBusy }) }
	install(t, sliceProvider{}, metricnoop.NewMeterProvider())
	call()
	otel.SetTracerProvider(sliceProvider{})
	call()
	got := record(t)
	call()
	if span := got.span(t); text(span.Attributes())["error.type"] != "breaker_open" {
		t.Error("the breaker forgot its failures with the provider")
	}
	if _, points := got.points(t); len(points) != 1 {
		t.Errorf("%d data points, want 1", len(points))
	}
	again := record(t)
	call()
	again.span(t)
	if n := len(got.spans.Ended()); n != 1 {
		t.Errorf("the old provider has %d spans, want 1", n)
	}
}

func (flushFails) ForceFlush(context.Context) error { return errBusy }
