package runtimehooks

import (
	"context"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// BenchmarkCall measures a call whose body does nothing.
func BenchmarkCall(b *testing.B) {
	ctx := context.WithValue(context.Background(), key{}, "value")
	req := &request{ID: "7"}
	for _, p := range providers {
		install(b, p.tracer(), p.meter())
		for _, c := range []struct {
			name string
			site *Site
			call func(context.Context, *Site, *request) (*request, error)
		}{
			{"trace and metrics", &Site{}, plainCall},
			{"and recover, retry, breaker", &Site{
				Aspects: Aspects{Recover: &Recover{}, Retry: &Retry{Attempts: 3}, Breaker: &Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}},
			}, attemptCall},
			{"and timeout", &Site{
				Aspects: Aspects{
					Recover: &Recover{}, Retry: &Retry{Attempts: 3}, Breaker: &Breaker{Failures: 5, Cooldown: time.Second, Probes: 1},
					Timeout: &Timeout{After: time.Hour},
				},
			}, attemptCall},
		} {
			b.Run(p.name+"/"+c.name, func(b *testing.B) {
				c.site.Function, c.site.Name, c.site.Trace, c.site.Metrics = function, "Service.Place", &Trace{}, &Metrics{}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.call(ctx, c.site, req); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	install(b, tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider())
	b.Run("off", func(b *testing.B) {
		defer process.SetOff(true)()
		site := full()
		b.ReportAllocs()
		for b.Loop() {
			plainCall(ctx, site, req)
		}
	})
}
