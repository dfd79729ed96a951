package runtimehooks

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The functions below have exactly the woven form. Their allocations are those of
// testing.AllocsPerRun, which counts every allocation of the process between two readings, averaged
// over the runs and rounded down: the SDK's are in.

// plainCall is the prologue shape without attributes.
func plainCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	return req, ctx.Err()
}

// straightCall is the prologue shape with an attribute.
func straightCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if call.Recording() && req != nil {
		call.Attr("req.ID", req.ID)
	}
	return req, ctx.Err()
}

// refusableCall is the prologue shape with a breaker.
func refusableCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Allow(&err) {
		return
	}
	return req, ctx.Err()
}

// attemptCall is the attempt shape.
func attemptCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		r0, err = func(ctx context.Context, req *request) (*request, error) {
			return req, ctx.Err()
		}(ctx, req)
	}
	return
}

// gatedCall is the prologue shape with a limit and a timeout.
func gatedCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, call.Key()) {
		return
	}
	ctx = call.Start(ctx)
	return req, ctx.Err()
}

// keyedCall is the prologue shape with keys.
func keyedCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, call.Key().Text(req.ID)) {
		return
	}
	call.Keyed(call.Key().Text(req.ID))
	if !call.Allow(&err) {
		return
	}
	return req, ctx.Err()
}

// numberedCall is the prologue shape with keys of several texts and integers.
func numberedCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, call.Key().Text(req.ID).Int(1<<40).Text(req.ID)) {
		return
	}
	call.Keyed(call.Key().Int(1 << 40))
	if !call.Allow(&err) {
		return
	}
	return req, ctx.Err()
}

// cachedCall is the attempt shape with a cache.
func cachedCall(ctx context.Context, site *Site, req *request) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if v, ok := call.Cached(&err, call.Key().Text(req.ID)); ok {
		r0, _ = v[0].(*request)
		return
	}
	for call.Next(&err) {
		r0, err = func(ctx context.Context, req *request) (*request, error) {
			return req, ctx.Err()
		}(ctx, req)
	}
	call.Keep(&err, r0)
	return
}

// leavingCall is the prologue shape without an error.
func leavingCall(ctx context.Context, site *Site) int {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Leave()
	return len(ctx.Value(key{}).(string))
}

// rootCall is the prologue shape with neither context nor error.
func rootCall(site *Site) {
	call := site.Call()
	call.EnterRoot()
	defer call.Leave()
}

type (
	request struct{ ID string }
	key     struct{}
)

// discard is a span processor that does nothing.
type discard struct{}

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                  { return nil }
func (discard) ForceFlush(context.Context) error                { return nil }

// providers are what the allocation tests run with.
var providers = []struct {
	name   string
	tracer func() trace.TracerProvider
	meter  func() metric.MeterProvider
	allocs float64 // of trace and metrics together
}{
	{"noop", func() trace.TracerProvider { return tracenoop.NewTracerProvider() },
		func() metric.MeterProvider { return metricnoop.NewMeterProvider() }, 0},
	{"not sampled", func() trace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()), sdktrace.WithSpanProcessor(discard{}))
	}, sdkMeters, 2},
	{"sampled", func() trace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithSpanProcessor(discard{}))
	}, sdkMeters, 4},
}

func sdkMeters() metric.MeterProvider {
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
}

// install installs providers, and at the end of the test some that do nothing.
func install(t testing.TB, tracers trace.TracerProvider, meters metric.MeterProvider) {
	otel.SetTracerProvider(tracers)
	otel.SetMeterProvider(meters)
	t.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
	})
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	req := &request{ID: "7"}
	ctx := context.WithValue(context.Background(), key{}, "value")
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	retry := &Retry{Attempts: 3, Initial: time.Second, Max: time.Second, Factor: 2}
	breaker := func() *Breaker { return &Breaker{Failures: 5, Cooldown: time.Second, Probes: 1} }
	for _, p := range providers {
		install(t, p.tracer(), p.meter())
		for _, c := range []struct {
			name  string
			ctx   context.Context
			site  *Site
			call  func(context.Context, *Site, *request) (*request, error)
			extra float64 // beyond trace and metrics
		}{
			{"trace and metrics", ctx, &Site{}, plainCall, 0},
			{"prologue", ctx, &Site{}, straightCall, attrAllocs(p.name)},
			{"recover", ctx, &Site{Aspects: Aspects{Recover: &Recover{}}}, plainCall, 0},
			{"log disabled", ctx, &Site{Aspects: Aspects{Log: &Log{Level: -8}}}, plainCall, 0},
			{"breaker in a prologue", ctx, &Site{Aspects: Aspects{Breaker: breaker()}}, refusableCall, 0},
			{"breaker by rate", ctx, &Site{Aspects: Aspects{Breaker: &Breaker{Rate: 0.5, Window: 20, Cooldown: time.Second, Probes: 1}}}, refusableCall, 0},
			{"retry", ctx, &Site{Aspects: Aspects{Retry: retry}}, attemptCall, 0},
			{"recover, retry and breaker", ctx, &Site{Aspects: Aspects{Recover: &Recover{}, Retry: retry, Breaker: breaker()}}, attemptCall, 0},
			{"timeout", ctx, &Site{Aspects: Aspects{Timeout: &Timeout{After: time.Hour}}}, plainCall, 3},
			{"timeout, deadline sooner", soon, &Site{Aspects: Aspects{Timeout: &Timeout{After: time.Hour}}}, plainCall, 0},
			{"limit", soon, &Site{Aspects: Aspects{Timeout: &Timeout{After: time.Hour}, Limit: &Limit{Rate: 1_000_000, Per: time.Millisecond, Burst: 1_000_000}}}, gatedCall, 0},
			{"limit by key", ctx, &Site{Aspects: Aspects{Limit: &Limit{Rate: 1_000_000, Per: time.Millisecond, Burst: 1_000_000}}}, keyedCall, 0},
			{"breaker by key", ctx, &Site{Aspects: Aspects{Breaker: breaker()}}, keyedCall, 0},
			{"limit by several texts and integers", ctx, &Site{Aspects: Aspects{Limit: &Limit{Rate: 1_000_000, Per: time.Millisecond, Burst: 1_000_000}}}, numberedCall, 0},
			{"breaker by integer", ctx, &Site{Aspects: Aspects{Breaker: breaker()}}, numberedCall, 0},
			{"bulkhead", ctx, &Site{Aspects: Aspects{Bulkhead: &Bulkhead{Max: 10}}}, refusableCall, 0},
			{"cache, hit", ctx, &Site{Aspects: Aspects{Cache: &Cache{Size: 10, Store: newShelf}}}, cachedCall, 0},
			{"retry with a budget", ctx, &Site{Aspects: Aspects{Retry: &Retry{Attempts: 3, Budget: 0.2}}}, attemptCall, 0},
			{"everything", soon, &Site{Aspects: Aspects{Recover: &Recover{}, Log: &Log{Level: -8}, Timeout: &Timeout{After: time.Hour}, Retry: retry, Breaker: breaker()}}, attemptCall, 0},
		} {
			t.Run(p.name+"/"+c.name, func(t *testing.T) {
				c.site.Function, c.site.Name = "example.com/shop.(*Service).Place", "Service.Place"
				c.site.Trace, c.site.Metrics = &Trace{}, &Metrics{}
				got := testing.AllocsPerRun(200, func() {
					if _, err := c.call(c.ctx, c.site, req); err != nil {
						t.Fatal(err)
					}
				})
				if want := p.allocs + c.extra; got != want {
					t.Errorf("%v allocations, want %v", got, want)
				}
			})
		}
		site := &Site{Function: "example.com/shop.F", Name: "shop.F", Aspects: Aspects{Trace: &Trace{}, Metrics: &Metrics{}}}
		t.Run(p.name+"/leave", func(t *testing.T) {
			if got := testing.AllocsPerRun(200, func() { leavingCall(ctx, site) }); got != p.allocs {
				t.Errorf("%v allocations, want %v", got, p.allocs)
			}
		})
		t.Run(p.name+"/root", func(t *testing.T) {
			if got := testing.AllocsPerRun(200, func() { rootCall(site) }); got != p.allocs {
				t.Errorf("%v allocations, want %v", got, p.allocs)
			}
		})
	}
}

// What a call that fails once allocates beyond trace and metrics. With a sampled span most of it is
// the span's events.
func TestAllocationsOfFailure(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, c := range []struct {
		name  string
		site  *Site
		call  func(context.Context, *Site, func(context.Context) error) error
		extra map[string]float64
	}{
		{"retry: the pauses of one call", &Site{Aspects: Aspects{Retry: &Retry{Attempts: 2}}}, attempts, map[string]float64{"noop": 1, "not sampled": 1, "sampled": 8}},
		{"refused: the error", &Site{Aspects: Aspects{Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}, prologue,
			map[string]float64{"noop": 1, "not sampled": 1, "sampled": 14}},
	} {
		c.site.Function, c.site.Name, c.site.Trace, c.site.Metrics = function, "Service.Place", &Trace{}, &Metrics{}
		for _, p := range providers {
			install(t, p.tracer(), p.meter())
			n := 0
			body := func(context.Context) error {
				if n++; n%2 == 1 {
					return errBusy
				}
				return nil
			}
			c.call(t.Context(), c.site, body) // opens the breaker
			got := testing.AllocsPerRun(200, func() { c.call(t.Context(), c.site, body) })
			if want := p.allocs + c.extra[p.name]; got != want {
				t.Errorf("%s, %s: %v allocations, want %v", c.name, p.name, got, want)
			}
		}
	}
}

// attrAllocs is what one string attribute costs.
func attrAllocs(provider string) float64 {
	if provider == "sampled" {
		return 3
	}
	return 0
}

func TestAllocationsOff(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	defer process.SetOff(true)()
	install(t, tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider())
	site := &Site{
		Function: "example.com/shop.F", Name: "shop.F", Aspects: Aspects{Recover: &Recover{}, Trace: &Trace{}, Metrics: &Metrics{}, Log: &Log{},
			Timeout: &Timeout{After: time.Hour}, Retry: &Retry{Attempts: 3}, Breaker: &Breaker{Failures: 1}},
	}
	req := &request{ID: "7"}
	for name, call := range map[string]func(context.Context, *Site, *request) (*request, error){
		"prologue": straightCall, "refusable": refusableCall, "attempt": attemptCall,
	} {
		if got := testing.AllocsPerRun(200, func() { call(context.Background(), site, req) }); got != 0 {
			t.Errorf("%s: %v allocations, want 0", name, got)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := attemptCall(ended, site, req); !errors.Is(err, context.Canceled) {
		t.Errorf("the body's error is %v, want context.Canceled", err)
	}
}
