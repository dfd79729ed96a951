package runtimehooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

func TestSpanOfSuccess(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{Function: function, Name: "Service.Place", Trace: &Trace{Kind: "client"}}
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
			site := &Site{Function: function, Trace: &Trace{Name: "place"}}
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
	site := &Site{Function: function, Trace: &Trace{}}
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
	site := &Site{Function: function, Trace: &Trace{}, Metrics: &Metrics{}}
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
	site := &Site{Function: function, Trace: &Trace{}}
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
	rootCall(&Site{Function: function, Name: "F", Trace: &Trace{}})
	if span := got.span(t); span.Parent().IsValid() {
		t.Error("the span has a parent")
	}
}

// Custom advice in a function without a context gets the call's.
func TestContext(t *testing.T) {
	got := record(t)
	call := (&Site{Function: function, Trace: &Trace{}}).Call()
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
		rootCall(&Site{Function: function, Trace: &Trace{Kind: kind}})
		if k := got.span(t).SpanKind(); k != want {
			t.Errorf("kind %q is %v, want %v", kind, k, want)
		}
	}
}

func TestNilContext(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Trace: &Trace{}, Timeout: &Timeout{After: time.Minute}}
	if err := prologue(nil, site, func(ctx context.Context) error { return ctx.Err() }); err != nil { //nolint:staticcheck // what is tested
		t.Fatal(err)
	}
	got.span(t)
}

type flag bool

type stringer struct{}

func (*stringer) String() string { return "text" }

func TestAttr(t *testing.T) {
	type id string
	n := 7
	for _, c := range []struct {
		value any
		want  string
		typ   string
	}{
		{"a", "a", "STRING"}, {true, "true", "BOOL"}, {7, "7", "INT64"}, {uint8(7), "7", "INT64"}, {1.5, "1.5", "FLOAT64"},
		{id("x"), "x", "STRING"}, {&n, "7", "INT64"}, {time.Second, "1", "FLOAT64"}, {&stringer{}, "text", "STRING"},
		{[]string{"a", "b"}, `["a","b"]`, "STRINGSLICE"}, {[]int{1}, "[1]", "INT64SLICE"}, {[]int64{1}, "[1]", "INT64SLICE"},
		{[]bool{true}, "[true]", "BOOLSLICE"}, {[]float64{1.5}, "[1.5]", "FLOAT64SLICE"}, {int64(7), "7", "INT64"},
		{int8(7), "7", "INT64"}, {float32(1.5), "1.5", "FLOAT64"}, {flag(true), "true", "BOOL"},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z", "STRING"}, {errBusy, "busy", "STRING"}, {struct{ A int }{1}, "{1}", "STRING"},
		{uint64(1 << 63), "9223372036854775808", "STRING"},
	} {
		got := record(t)
		attrCall(t.Context(), &Site{Function: function, Trace: &Trace{}}, c.value)
		for _, kv := range got.span(t).Attributes() {
			if kv.Key == "value" && (kv.Value.Emit() != c.want || kv.Value.Type().String() != c.typ) {
				t.Errorf("%#v is %v %q, want %v %q", c.value, kv.Value.Type(), kv.Value.Emit(), c.typ, c.want)
			}
		}
		if _, ok := text(got.span(t).Attributes())["value"]; !ok {
			t.Errorf("%#v is missing", c.value)
		}
	}
	got := record(t)
	attrCall(t.Context(), &Site{Function: function, Trace: &Trace{}}, (*stringer)(nil))
	if _, ok := text(got.span(t).Attributes())["value"]; ok {
		t.Error("a nil pointer was recorded")
	}
}

func attrCall(ctx context.Context, site *Site, value any) {
	call := site.Call()
	_ = call.Enter(ctx)
	defer call.Leave()
	if call.Recording() {
		call.Attr("value", value)
	}
}

func TestDurations(t *testing.T) {
	got := record(t)
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Metrics: &Metrics{}}
		prologue(t.Context(), site, func(context.Context) error { time.Sleep(300 * time.Millisecond); return nil })
		prologue(t.Context(), site, func(context.Context) error { time.Sleep(2 * time.Second); return &TimeoutError{} })
	})
	m, points := got.points(t)
	if m.Name != "function.call.duration" || m.Unit != "s" || m.Description == "" {
		t.Errorf("histogram is %q in %q: %q", m.Name, m.Unit, m.Description)
	}
	sums := map[string]float64{}
	for _, p := range points {
		sums[fmt.Sprint(text(p.Attributes.ToSlice()))] = p.Sum
		if diff := cmp.Diff([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, p.Bounds); diff != "" {
			t.Error(diff)
		}
	}
	want := map[string]float64{
		"map[code.function.name:" + function + "]":                    0.3,
		"map[code.function.name:" + function + " error.type:timeout]": 2,
	}
	if diff := cmp.Diff(want, sums); diff != "" {
		t.Error(diff)
	}
}

// kind is an error with as many error types as there are numbers.
type kind int

func (k kind) Error() string     { return "kind" }
func (k kind) ErrorType() string { return fmt.Sprint("kind", int(k)) }

// The time of a panic in a later attempt is that of the whole call.
func TestDurationOfLaterPanic(t *testing.T) {
	got := record(t)
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Metrics: &Metrics{}, Recover: &Recover{}, Retry: &Retry{Attempts: 2}}
		calls := 0
		attempts(t.Context(), site, func(context.Context) error {
			time.Sleep(time.Second)
			if calls++; calls == 2 {
				panic("second")
			}
			return errBusy
		})
	})
	if _, points := got.points(t); len(points) != 1 || points[0].Sum != 2 {
		t.Errorf("data points are %v, want one of 2s", points)
	}
}

func TestErrorTypesAreLimited(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Metrics: &Metrics{}}
	for i := range 100 {
		prologue(t.Context(), site, func(context.Context) error { return kind(i) })
	}
	_, points := got.points(t)
	if len(points) != 33 {
		t.Errorf("%d data points, want 32 error types and one for the rest", len(points))
	}
	for _, p := range points {
		if text(p.Attributes.ToSlice())["error.type"] == "_OTHER" && p.Count == 68 {
			return
		}
	}
	t.Error(`no data point counts the other 68 as "_OTHER"`)
}

// sliceProvider cannot be compared: comparing two of them panics.
type sliceProvider struct {
	tracenoop.TracerProvider
	_ []int
}

func TestNewProviderIsPickedUp(t *testing.T) {
	site := &Site{Function: function, Trace: &Trace{}, Metrics: &Metrics{}, Breaker: &Breaker{Failures: 2, Cooldown: time.Hour}}
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

func TestLog(t *testing.T) {
	for _, c := range []struct {
		name string
		log  Log
		took time.Duration
		err  error
		want string // the record after its time; "" for none
	}{
		{"success", Log{}, time.Second, nil, "level=INFO msg=Service.Place function=" + function + " duration=1s"},
		{"debug is disabled", Log{Level: slog.LevelDebug}, 0, nil, ""},
		{"failure", Log{Level: slog.LevelDebug}, time.Second, errBusy, "level=ERROR msg=Service.Place function=" + function + " duration=1s error=busy error.type=*errors.errorString"},
		{"fast", Log{Slow: 2 * time.Second}, time.Second, nil, ""},
		{"slow", Log{Slow: time.Second}, time.Second, nil, "level=INFO msg=Service.Place function=" + function + " duration=1s"},
		{"fast failure", Log{Slow: time.Hour}, time.Second, errBusy, "level=ERROR msg=Service.Place function=" + function + " duration=1s error=busy error.type=*errors.errorString"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := logTo(t)
			synctest.Test(t, func(t *testing.T) {
				prologue(t.Context(), &Site{Function: function, Name: "Service.Place", Log: &c.log}, func(context.Context) error {
					time.Sleep(c.took)
					return c.err
				})
			})
			_, record, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
			if diff := cmp.Diff(c.want, record); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// logTo has slog.Default write text at level info.
func logTo(t *testing.T) *bytes.Buffer {
	out := new(bytes.Buffer)
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(out, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return out
}

func TestFlush(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	install(t, sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)), metricnoop.NewMeterProvider())
	prologue(t.Context(), &Site{Function: function, Trace: &Trace{}}, func(context.Context) error { return nil })
	if err := Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(exporter.GetSpans()); n != 1 {
		t.Errorf("%d spans exported, want 1", n)
	}
	install(t, flushFails{}, metricnoop.NewMeterProvider())
	if err := Flush(t.Context()); !errors.Is(err, errBusy) {
		t.Errorf("error is %v, want the provider's", err)
	}
}

// flushFails is a provider whose ForceFlush fails.
type flushFails struct{ tracenoop.TracerProvider }

func (flushFails) ForceFlush(context.Context) error { return errBusy }
