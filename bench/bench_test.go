package bench

import (
	"context"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// The names of the benchmarks are key=value pairs, by which benchstat makes rows and columns.

// firstPause is the first pause between attempts where no attempt fails, so that nobody waits for
// it.
const firstPause = 100 * time.Millisecond

// stack is a wrapping of the contenders, and the context of its calls.
type stack struct {
	name string
	wrap func(Contender) Wrapping
	ctx  func(testing.TB) context.Context
}

// stacks are what the benchmarks run. That of eight with a caller's deadline, sooner than the
// timeout, is the one whose floor is known: nobody makes a context there.
func stacks() []stack {
	none := func(testing.TB) context.Context { return context.Background() }
	return []stack{
		{"told", func(c Contender) Wrapping { return c.Told }, none},
		{"all", func(c Contender) Wrapping { return c.All }, none},
		{"eight", func(c Contender) Wrapping { return c.Eight }, none},
		{"eight-sooner", func(c Contender) Wrapping { return c.Eight }, sooner},
	}
}

// sooner returns a context whose deadline is sooner than the contenders'.
func sooner(tb testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), deadline-time.Second)
	tb.Cleanup(cancel)
	return ctx
}

// each runs a benchmark for every stack with policies or without, provider and contender.
func each(b *testing.B, told bool, run func(*testing.B, stack, Wrapping)) {
	needOn(b)
	for _, s := range stacks() {
		if s.name == "told" && !told {
			continue
		}
		for _, t := range tracings() {
			for _, c := range Contenders() {
				if wrap := s.wrap(c); wrap != nil {
					b.Run("stack="+s.name+"/trace="+t.name+"/by="+c.Name, func(b *testing.B) {
						install(b, t.provider())
						run(b, s, wrap)
					})
				}
			}
		}
	}
}

// BenchmarkSuccess measures a call whose body succeeds at once.
func BenchmarkSuccess(b *testing.B) {
	needOn(b)
	b.Run("stack=none/by=bare", func(b *testing.B) { succeed(b, context.Background(), (&Stock{}).Reserve) })
	each(b, true, func(b *testing.B, s stack, wrap Wrapping) { succeed(b, s.ctx(b), wrap(&Stock{}, firstPause)) })
}

// BenchmarkParallel measures calls that succeed at once, from as many goroutines as -cpu says:
// ns/op falls where they do not hinder each other, and cpu-ns/op is what a call costs all the same.
func BenchmarkParallel(b *testing.B) {
	each(b, true, func(b *testing.B, s stack, wrap Wrapping) {
		ctx, f := s.ctx(b), wrap(&Stock{Shared: true}, firstPause)
		b.ReportAllocs()
		start := cpuTime(b)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := f(ctx, 1); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
	})
}

// BenchmarkRetry measures a call whose body fails and then succeeds, without a pause.
func BenchmarkRetry(b *testing.B) {
	each(b, false, func(b *testing.B, of stack, wrap Wrapping) {
		s := &Stock{}
		f := wrap(s, 0)
		measure(b, of.ctx(b), func(ctx context.Context) bool {
			s.Busy = 1
			_, err := f(ctx, 1)
			return err == nil
		})
	})
}

// BenchmarkRefused measures a call that an open breaker refuses.
func BenchmarkRefused(b *testing.B) {
	each(b, false, func(b *testing.B, of stack, wrap Wrapping) {
		s := &Stock{}
		f := wrap(s, 0)
		open(f, s)
		measure(b, of.ctx(b), func(ctx context.Context) bool {
			_, err := f(ctx, 1)
			return err != nil
		})
	})
}

// BenchmarkRecord measures one record of a histogram with prepared options, and nothing else: kept,
// or dropped by a view.
func BenchmarkRecord(b *testing.B) {
	needOn(b)
	for name, views := range map[string][]sdkmetric.View{"kept": nil, "dropped": {dropPolicies()}} {
		b.Run("histogram="+name, func(b *testing.B) {
			install(b, tracenoop.NewTracerProvider(), views...)
			h, options, ctx := newHandFT(&Stock{}, 0).timeout, newInstruments().success, sooner(b)
			measure(b, ctx, func(ctx context.Context) bool {
				h.Record(ctx, 1e-6, options...)
				return true
			})
		})
	}
}

// dropPolicies is a view that drops the metrics of the policies.
func dropPolicies() sdkmetric.View {
	return sdkmetric.NewView(sdkmetric.Instrument{Name: "ft.*"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationDrop{}})
}

// BenchmarkDropped measures a call that succeeds at once where views drop the metrics of the
// policies, so that all contenders tell the same.
func BenchmarkDropped(b *testing.B) {
	needOn(b)
	for _, s := range stacks()[2:] {
		for _, c := range Contenders() {
			b.Run("stack="+s.name+"/trace=noop/by="+c.Name, func(b *testing.B) {
				install(b, tracenoop.NewTracerProvider(), dropPolicies())
				succeed(b, s.ctx(b), s.wrap(c)(&Stock{}, firstPause))
			})
		}
	}
}

// BenchmarkOff measures a call of a woven function that is switched off.
func BenchmarkOff(b *testing.B) {
	needOff(b)
	install(b, tracenoop.NewTracerProvider())
	ctx, c := context.Background(), wovenContender()
	b.Run("stack=none/by=bare", func(b *testing.B) { succeed(b, ctx, (&Stock{}).Reserve) })
	b.Run("stack=told/by=woven", func(b *testing.B) { succeed(b, ctx, c.Told(&Stock{}, firstPause)) })
	b.Run("stack=all/by=woven", func(b *testing.B) { succeed(b, ctx, c.All(&Stock{}, firstPause)) })
	b.Run("stack=eight/by=woven", func(b *testing.B) { succeed(b, ctx, c.Eight(&Stock{}, firstPause)) })
}

// succeed measures calls of f, which succeed.
func succeed(b *testing.B, ctx context.Context, f Function) {
	measure(b, ctx, func(ctx context.Context) bool {
		_, err := f(ctx, 1)
		return err == nil
	})
}

// measure measures call, which reports whether the call ended as it should.
func measure(b *testing.B, ctx context.Context, call func(context.Context) bool) {
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		if !call(ctx) {
			b.Fatal("the call ended otherwise than the benchmark's name says")
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
}
