package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	lognoop "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks/sloghooks"
)

// grace is how long the providers have to export what is left.
const grace = 10 * time.Second

// Main installs the providers for a program, and returns what ends them: it exports what is left,
// for at most 10 seconds. Records of slog.Default have the ids of their trace and span from now on.
// Main fails in no way: what is wrong is in the log, and the program goes on without telemetry.
func Main() (end func()) {
	sloghooks.SetDefault(slog.Default())
	shutdown, err := Start(context.Background())
	if err != nil {
		slog.Error("telemetry is not exported", "error", err)
		return func() {}
	}
	end = sync.OnceFunc(func() {
		if err := shutdown(context.Background()); err != nil {
			slog.Error("telemetry is exported in part only", "error", err)
		}
	})
	atExit.Store(&end)
	return end
}

// atExit is what ends the providers that Main has installed last; nil if it has not.
var atExit atomic.Pointer[func()]

// Exit is os.Exit, which runs no deferred calls, after the end that [Main] returned.
func Exit(code int) {
	if end := atExit.Load(); end != nil {
		(*end)()
	}
	os.Exit(code)
}

// Start installs the providers of traces, metrics and logs, and the propagators. shutdown exports
// what is left and stops them, all at once and within 10 seconds, or sooner if its context ends;
// called again, it returns the error of its first call. If Start fails, nothing has been installed.
func Start(ctx context.Context) (shutdown func(context.Context) error, err error) {
	settings := read()
	if settings.disabled {
		otel.SetTextMapPropagator(settings.propagator)
		return func(context.Context) error { return nil }, nil
	}
	res := describe(ctx)
	var stops stops
	tracers, err := tracers(ctx, settings.traces, res)
	if err != nil {
		return nil, fmt.Errorf("start traces: %w", err)
	}
	if tracers != nil {
		stops = append(stops, tracers.Shutdown)
	}
	meters, err := meters(ctx, settings.metrics, res)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start metrics: %w", err), stops.all(ctx))
	}
	if meters != nil {
		stops = append(stops, meters.Shutdown)
	}
	loggers, err := loggers(ctx, settings.logs, res)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start logs: %w", err), stops.all(ctx))
	}
	if loggers != nil {
		stops = append(stops, loggers.Shutdown)
	}

	otel.SetTextMapPropagator(settings.propagator)
	// Each is set once, also where nothing is exported: what was handed out before follows the first
	// provider that is set.
	var traces trace.TracerProvider = tracenoop.NewTracerProvider()
	if tracers != nil {
		traces = tracers
	}
	otel.SetTracerProvider(traces)
	var metrics metric.MeterProvider = metricnoop.NewMeterProvider()
	if meters != nil {
		metrics = meters
	}
	otel.SetMeterProvider(metrics)
	var logs log.LoggerProvider = lognoop.NewLoggerProvider()
	if loggers != nil {
		logs = loggers
	}
	otel.SetLoggerProvider(logs)
	return once(stops.all), nil
}

// stop exports what is left and stops a provider.
type stop = func(context.Context) error

type stops []stop

// all calls all functions at once, so that a collector which does not answer takes the grace once.
func (s stops) all(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	errs := make([]error, len(s))
	var running sync.WaitGroup
	for i, stop := range s {
		running.Go(func() { errs[i] = stop(ctx) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// once returns a function that runs f the first time, and returns the same error from then on.
func once(f stop) stop {
	var run sync.Once
	var err error
	return func(ctx context.Context) error {
		run.Do(func() { err = f(ctx) })
		return err
	}
}

// describe returns the resource: the SDK's defaults, overridden by OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES as they are now (the defaults hold them as they were when first asked
// for).
func describe(ctx context.Context) *resource.Resource {
	now, err := resource.New(ctx, resource.WithFromEnv())
	if err != nil {
		slog.Warn("OTEL_RESOURCE_ATTRIBUTES is ignored in part or as a whole", "error", err)
	}
	res, err := resource.Merge(resource.Default(), now)
	if err != nil {
		slog.Warn("the resource is described in part only", "error", err)
	}
	return res
}
