package bench

import (
	"context"
	"testing"
	"time"

	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// The names of the benchmarks are key=value pairs, by which benchstat makes rows and columns.

// firstPause is the first pause between attempts where no attempt fails, so that nobody waits for it.
const firstPause = 100 * time.Millisecond

// BenchmarkSuccess measures a call whose body succeeds at once.
func BenchmarkSuccess(b *testing.B) {
	needOn(b)
	b.Run("stack=none/by=bare", func(b *testing.B) { succeed(b, (&Stock{}).Reserve) })
	for _, t := range tracings() {
		for _, c := range Contenders() {
			if c.Told == nil {
				continue
			}
			b.Run("stack=told/trace="+t.name+"/by="+c.Name, func(b *testing.B) {
				install(b, t.provider())
				succeed(b, c.Told(&Stock{}))
			})
		}
		for _, c := range Contenders() {
			b.Run("stack=all/trace="+t.name+"/by="+c.Name, func(b *testing.B) {
				install(b, t.provider())
				succeed(b, c.All(&Stock{}, firstPause))
			})
		}
	}
}

// BenchmarkRetry measures a call whose body fails and then succeeds, without a pause.
func BenchmarkRetry(b *testing.B) {
	needOn(b)
	for _, t := range tracings() {
		for _, c := range Contenders() {
			b.Run("stack=all/trace="+t.name+"/by="+c.Name, func(b *testing.B) {
				install(b, t.provider())
				s := &Stock{}
				f := c.All(s, 0)
				measure(b, func(ctx context.Context) bool {
					s.Busy = 1
					_, err := f(ctx, 1)
					return err == nil
				})
			})
		}
	}
}

// BenchmarkRefused measures a call that an open breaker refuses.
func BenchmarkRefused(b *testing.B) {
	needOn(b)
	for _, t := range tracings() {
		for _, c := range Contenders() {
			b.Run("stack=all/trace="+t.name+"/by="+c.Name, func(b *testing.B) {
				install(b, t.provider())
				s := &Stock{}
				f := c.All(s, 0)
				open(f, s)
				measure(b, func(ctx context.Context) bool {
					_, err := f(ctx, 1)
					return err != nil
				})
			})
		}
	}
}

// BenchmarkOff measures a call of a woven function that is switched off.
func BenchmarkOff(b *testing.B) {
	needOff(b)
	install(b, tracenoop.NewTracerProvider())
	b.Run("stack=none/by=bare", func(b *testing.B) { succeed(b, (&Stock{}).Reserve) })
	b.Run("stack=told/by=woven", func(b *testing.B) { succeed(b, wovenContender().Told(&Stock{})) })
	b.Run("stack=all/by=woven", func(b *testing.B) { succeed(b, wovenContender().All(&Stock{}, firstPause)) })
}

// succeed measures calls of f, which succeed.
func succeed(b *testing.B, f Function) {
	measure(b, func(ctx context.Context) bool {
		_, err := f(ctx, 1)
		return err == nil
	})
}

// measure measures call, which reports whether the call ended as it should.
func measure(b *testing.B, call func(context.Context) bool) {
	ctx := context.Background()
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		if !call(ctx) {
			b.Fatal("the call ended otherwise than the benchmark's name says")
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
}
