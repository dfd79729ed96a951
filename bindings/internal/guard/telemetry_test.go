package guard_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/bindings"
)

// An operation is one client span however many attempts it takes, each of which is an event of it.
func TestAttemptsAreEventsOfTheSpan(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	t.Cleanup(func() { otel.SetTracerProvider(tracenoop.NewTracerProvider()) })
	s, o := carts(t, retries("initial", "0s"), policy("breaker", "failures", "2"))
	o.Set(t.Context(), "k", 1)
	s.next(down)
	o.Get(t.Context(), "k")
	s.next(down, down, down)
	o.Get(t.Context(), "k")
	type recorded struct {
		Name   string
		Events []string
		Status string
	}
	var got []recorded
	for _, s := range spans.Ended() {
		r := recorded{Name: s.Name(), Status: s.Status().Code.String()}
		for _, e := range s.Events() {
			r.Events = append(r.Events, e.Name)
		}
		got = append(got, r)
	}
	want := []recorded{{"set carts", nil, "Unset"}, {"get carts", []string{"retry"}, "Unset"}, {"get carts", []string{"retry", "breaker"}, "Error"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Where the operation has no span, the caller's is left open and as it was.
func TestCallersSpanIsLeftAlone(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test")
	_, o := carts(t, retries())
	ctx, span := tracer.Start(t.Context(), "caller")
	o.Get(ctx, "k")
	if !span.IsRecording() || len(spans.Ended()) != 0 {
		t.Error("the caller's span has ended")
	}
}

// What policies did is counted under the name of the binding's site.
func TestMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(metricnoop.NewMeterProvider()) })
	s, o := carts(t, retries("initial", "0s"), policy("breaker"), policy("bulkhead", "", "1"), policy("timeout", "", "1s"), policy("limit", "", "3/h"))
	o.Set(t.Context(), "k", 1)
	s.next(down)
	o.Get(t.Context(), "k")
	s.next(down)
	o.Increment(t.Context(), "k", 1)
	o.Get(t.Context(), "k") // over the limit
	var data metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || !sum.IsMonotonic {
				continue
			}
			for _, p := range sum.DataPoints {
				name, _ := p.Attributes.Value("code.function.name")
				if name.AsString() != "bindings.carts" || m.Name == "ft.circuitbreaker.state.total" {
					continue
				}
				text := m.Name
				for _, a := range p.Attributes.ToSlice() {
					if a.Key != "code.function.name" {
						text += " " + a.Value.String()
					}
				}
				got[text] = p.Value
			}
		}
	}
	want := map[string]int64{
		"ft.invocations.total notDefined valueReturned":    2,
		"ft.invocations.total notDefined exceptionThrown":  2,
		"ft.retry.calls.total false valueReturned":         1,
		"ft.retry.calls.total true valueReturned":          1,
		"ft.retry.calls.total false exceptionNotRetryable": 1,
		"ft.retry.retries.total":                           1,
		"ft.timeout.calls.total false":                     3,
		"ft.circuitbreaker.calls.total success":            2,
		"ft.circuitbreaker.calls.total failure":            2,
		"ft.bulkhead.calls.total accepted":                 4,
		"ft.limit.calls.total accepted":                    3,
		"ft.limit.calls.total refused":                     1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What policies cost beside the provider: nothing where there are none; with a timeout, its context
// and timer.
func TestAllocations(t *testing.T) {
	for _, c := range []struct {
		name     string
		policies []bindings.PolicyAspect
		most     float64
	}{
		{"none", nil, 0},
		{"breaker, bulkhead, limit, retry", []bindings.PolicyAspect{policy("breaker"), policy("bulkhead"), policy("limit", "", "1000000/s"), policy("retry")}, 0},
		{"timeout", []bindings.PolicyAspect{policy("timeout", "", "1h")}, 4},
	} {
		get := memory(t, c.policies...)
		if got := testing.AllocsPerRun(200, get); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.most)
		}
	}
}
