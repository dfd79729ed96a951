package entryhooks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// frame is what a framework on net/http gives its handlers.
type frame struct {
	request *http.Request
	route   string
	status  int
	begun   bool
	refusal *Refusal
}

func (f *frame) write(status int) { f.status, f.begun = status, true }

var frames = Entry[*frame]{
	Context: func(f *frame) context.Context { return f.request.Context() },
	WithContext: func(f *frame, ctx context.Context) *frame {
		f.request = f.request.WithContext(ctx)
		return f
	},
	Request: func(f *frame) *http.Request { return f.request },
	Route:   func(f *frame) string { return f.route },
	Status:  func(f *frame) int { return f.status },
	Begun:   func(f *frame) bool { return f.begun },
	Refuse:  func(f *frame, r Refusal) { f.refusal, f.status = &r, r.Status },
}

// message is what a queue without net/http gives its handlers.
type message struct {
	ctx     context.Context
	headers propagation.MapCarrier
}

var messages = ErrorEntry[message]{
	Context:     func(m message) context.Context { return m.ctx },
	WithContext: func(m message, ctx context.Context) message { m.ctx = ctx; return m },
	Headers:     func(m message) propagation.TextMapCarrier { return m.headers },
	Refuse:      func(_ message, r Refusal) error { return refused{r} },
}

type refused struct{ Refusal }

func (r refused) Error() string { return http.StatusText(r.Status) }

const remote = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func newFrame() *frame {
	r := httptest.NewRequest("GET", "/orders/7", nil)
	r.Header.Set("Traceparent", remote)
	return &frame{request: r, route: "/orders/:id"}
}

// install installs providers for a test.
func install(t *testing.T) (*tracetest.SpanRecorder, *sdkmetric.ManualReader) {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	before, meters, propagator := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetTextMapPropagator()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	t.Cleanup(func() {
		otel.SetTracerProvider(before)
		otel.SetMeterProvider(meters)
		otel.SetTextMapPropagator(propagator)
	})
	return spans, reader
}

// recorded returns how many durations the reader has, by the histogram's name.
func recorded(t *testing.T, reader *sdkmetric.ManualReader) map[string]uint64 {
	t.Helper()
	var got metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &got); err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, scope := range got.ScopeMetrics {
		for _, m := range scope.Metrics {
			if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
				for _, p := range h.DataPoints {
					counts[m.Name] += p.Count
				}
			}
		}
	}
	return counts
}

func observed() runtimehooks.Site {
	return runtimehooks.Site{Function: "example.handle", Name: "example.handle",
		Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}}}
}

func handle(s *Site[*frame], f *frame, body func(*frame)) {
	call := s.Call()
	f = call.Enter(f)
	defer call.Exit()
	body(f)
}

func receive(s *ErrorSite[message], m message, body func(message) error) (err error) {
	call := s.Call()
	m = call.Enter(m)
	defer call.Exit(&err)
	if !call.Limit(&err, call.Key()) {
		return
	}
	return body(m)
}

func value(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	i := slices.IndexFunc(s.Attributes(), func(kv attribute.KeyValue) bool { return kv.Key == key })
	if i < 0 {
		return ""
	}
	return s.Attributes()[i].Value.String()
}

// One request is one server span and one duration, whichever handlers it passes.
func TestRequest(t *testing.T) {
	spans, reader := install(t)
	outer, inner := Site[*frame]{Site: observed(), Entry: &frames}, Site[*frame]{Site: observed(), Entry: &frames}
	f := newFrame()
	handle(&outer, f, func(f *frame) {
		handle(&inner, f, func(f *frame) { f.write(http.StatusServiceUnavailable) })
	})
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans, want 2", len(ended))
	}
	in, out := ended[0], ended[1]
	if out.SpanKind() != trace.SpanKindServer || out.Name() != "GET /orders/:id" || !out.Parent().IsRemote() {
		t.Errorf("outermost span is %s %q with the parent %v", out.SpanKind(), out.Name(), out.Parent())
	}
	if got := value(out, "http.route") + " " + value(out, "http.response.status_code") + " " + value(out, "error.type"); got != "/orders/:id 503 503" {
		t.Errorf("outermost span says %q", got)
	}
	if in.SpanKind() != trace.SpanKindInternal || in.Name() != "example.handle" || in.Parent().SpanID() != out.SpanContext().SpanID() {
		t.Errorf("inner span is %s %q", in.SpanKind(), in.Name())
	}
	if got := recorded(t, reader); got["http.server.request.duration"] != 1 || got["function.call.duration"] != 0 {
		t.Errorf("durations: %v", got)
	}
}

// Below a handler of net/http, the span is internal, and the route goes to the server's.
func TestBelowServer(t *testing.T) {
	spans, reader := install(t)
	site := Site[*frame]{Site: observed(), Entry: &frames}
	server := httphooks.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(&site, &frame{request: r, route: "/orders/:id"}, func(*frame) { w.WriteHeader(http.StatusTeapot) })
	}))
	server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/orders/7", nil))
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].SpanKind() != trace.SpanKindInternal || ended[1].Name() != "GET /orders/:id" {
		t.Errorf("spans: %v", ended)
	}
	if got := recorded(t, reader)["http.server.request.duration"]; got != 1 {
		t.Errorf("%d durations, want 1", got)
	}
}

// What comes after the handler sees its own context: not the handler's span, and not its deadline.
// Values that the body has put there stay.
func TestRestores(t *testing.T) {
	type key struct{}
	for _, timeout := range []*runtimehooks.Timeout{nil, {After: time.Hour}} {
		install(t)
		site := Site[*frame]{Site: observed(), Entry: &frames}
		site.Timeout = timeout
		f := newFrame()
		given := f.request.Context()
		handle(&site, f, func(f *frame) {
			if !trace.SpanContextFromContext(f.request.Context()).IsValid() {
				t.Error("the body has no span")
			}
		})
		if f.request.Context() != given {
			t.Error("the context from before is not back")
		}
		handle(&site, f, func(f *frame) {
			f.request = f.request.WithContext(context.WithValue(f.request.Context(), key{}, "kept"))
		})
		after := f.request.Context()
		if after.Value(key{}) != "kept" || trace.SpanContextFromContext(after).IsValid() || after.Err() != nil {
			t.Errorf("after the call: value %v, span %v, %v", after.Value(key{}), trace.SpanContextFromContext(after).SpanID(), after.Err())
		}
		if _, has := after.Deadline(); has {
			t.Error("the deadline of the call is left")
		}
	}
}

// A recovered panic is answered, if nothing has been: else the connection is aborted.
func TestPanic(t *testing.T) {
	logger := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(logger)
	for _, c := range []struct {
		name    string
		recover *runtimehooks.Recover
		begun   bool
		value   any
		status  int
		goesOn  any
	}{
		{"recovered", &runtimehooks.Recover{Status: 502}, false, "boom", 502, nil},
		{"recovered too late", &runtimehooks.Recover{}, true, "boom", 0, http.ErrAbortHandler},
		{"not recovered", nil, false, "boom", 0, "boom"},
		{"abort", &runtimehooks.Recover{}, false, http.ErrAbortHandler, 0, http.ErrAbortHandler},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans, _ := install(t)
			site := Site[*frame]{Site: observed(), Entry: &frames}
			site.Recover = c.recover
			f := newFrame()
			func() {
				defer func() {
					if got := recover(); got != c.goesOn {
						t.Errorf("panic goes on with %v, want %v", got, c.goesOn)
					}
				}()
				handle(&site, f, func(f *frame) { f.begun = c.begun; panic(c.value) })
			}()
			switch {
			case c.status == 0 && f.refusal != nil:
				t.Errorf("answered with %d", f.refusal.Status)
			case c.status != 0 && (f.refusal == nil || f.refusal.Status != c.status):
				t.Errorf("answered with %v", f.refusal)
			}
			if got, want := value(spans.Ended()[0], "error.type"), "panic"; (got == want) == (c.value == http.ErrAbortHandler) {
				t.Errorf("error.type %q", got)
			}
		})
	}
}

// A handler that net/http does not call has the parent that its headers name, and the duration of
// its function; its entry turns a refusal into an error.
func TestError(t *testing.T) {
	spans, reader := install(t)
	site := ErrorSite[message]{Site: observed(), Entry: &messages}
	site.Aspects.Limit = &runtimehooks.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	m := message{context.Background(), propagation.MapCarrier{"traceparent": remote}}
	failure := errors.New("broken")
	if err := receive(&site, m, func(m message) error {
		if !trace.SpanContextFromContext(m.ctx).IsValid() {
			t.Error("the body has no span")
		}
		return failure
	}); err != failure {
		t.Errorf("error %v, want the body's", err)
	}
	err := receive(&site, m, func(message) error { t.Error("the body runs"); return nil })
	if r, ok := errors.AsType[refused](err); !ok || r.Status != http.StatusTooManyRequests || r.RetryAfter < time.Minute || !errors.Is(r.Err, runtimehooks.ErrLimited) {
		t.Errorf("refused with %#v", err)
	}
	first := spans.Ended()[0]
	if first.SpanKind() != trace.SpanKindServer || first.Parent().TraceID().String() != "4bf92f3577b34da6a3ce929d0e0e4736" || value(first, "error.type") != "*errors.errorString" {
		t.Errorf("span %s below %v: %q", first.SpanKind(), first.Parent(), value(first, "error.type"))
	}
	if got := recorded(t, reader)["function.call.duration"]; got != 2 {
		t.Errorf("%d durations, want 2", got)
	}
}

// An entry of net/http's client errors is no failure: not to the span, and not to a breaker.
func TestFaultOfTheClient(t *testing.T) {
	spans, _ := install(t)
	entry := messages
	entry.Status = func(_ message, err error) int {
		if err != nil {
			return http.StatusNotFound
		}
		return http.StatusOK
	}
	site := ErrorSite[message]{Site: observed(), Entry: &entry}
	site.Aspects.Breaker = &runtimehooks.Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}
	for range 3 {
		func() (err error) {
			call := site.Call()
			call.Enter(message{ctx: context.Background()})
			defer call.Exit(&err)
			if !call.Allow(&err) {
				t.Fatal("the breaker is open")
			}
			return errors.New("not found")
		}()
	}
	if got := value(spans.Ended()[0], "error.type"); got != "" {
		t.Errorf("error.type %q", got)
	}
}

// A router without a server span has one from its middleware; below one, it gives only the route.
func TestServer(t *testing.T) {
	spans, reader := install(t)
	router := NewServer("example.Router", &frames)
	site := Site[*frame]{Site: observed(), Entry: &frames}
	serve := func(f *frame) { router.Serve(f, func(f *frame) { handle(&site, f, func(f *frame) { f.write(200) }) }) }
	serve(newFrame())
	if ended := spans.Ended(); len(ended) != 2 || ended[1].SpanKind() != trace.SpanKindServer || value(ended[1], "code.function.name") != "" {
		t.Errorf("spans: %v", ended)
	}
	h := httphooks.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		router.Serve(&frame{request: r, route: "/literal"}, func(*frame) {})
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/literal", nil))
	if ended := spans.Ended(); len(ended) != 3 || ended[2].Name() != "GET /literal" {
		t.Errorf("spans: %v", ended)
	}
	if got := recorded(t, reader)["http.server.request.duration"]; got != 2 {
		t.Errorf("%d durations, want 2", got)
	}
}

// A function that is no handler has the span of its parameter as the parent, and leaves the
// parameter as it is.
func TestParent(t *testing.T) {
	spans, _ := install(t)
	handler := Site[*frame]{Site: observed(), Entry: &frames}
	helper := Parent[*frame]{Site: observed(), Entry: &frames}
	handle(&handler, newFrame(), func(f *frame) {
		request := f.request
		func() {
			call := helper.Call()
			call.Within(f)
			defer call.Leave()
			if f.request != request {
				t.Error("the parameter has changed")
			}
		}()
	})
	if in, out := spans.Ended()[0], spans.Ended()[1]; in.Parent().SpanID() != out.SpanContext().SpanID() || in.SpanKind() != trace.SpanKindInternal {
		t.Errorf("span %s below %v", in.SpanKind(), in.Parent())
	}
}

// What a woven handler allocates itself: nothing without a span. One that is not sampled, below
// that of a server, costs three, and two copies of the request: with its context and back.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, c := range []struct {
		name    string
		sampler sdktrace.Sampler
		aspects runtimehooks.Aspects
		most    float64
	}{
		{"breaker", sdktrace.NeverSample(), runtimehooks.Aspects{Breaker: &runtimehooks.Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}}, 0},
		{"recover", sdktrace.NeverSample(), runtimehooks.Aspects{Recover: &runtimehooks.Recover{}}, 0},
		{"below a server, not sampled", sdktrace.NeverSample(), runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			install(t)
			otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(c.sampler)))
			site := Site[*frame]{Site: runtimehooks.Site{Function: "f", Name: "f", Aspects: c.aspects}, Entry: &frames}
			f := newFrame()
			f.request = f.request.WithContext(httphooks.Serving(f.request.Context(), true, true))
			body := func(*frame) {}
			if got := testing.AllocsPerRun(100, func() { handle(&site, f, body) }); got > c.most {
				t.Errorf("%v allocations, want at most %v", got, c.most)
			}
		})
	}
}
