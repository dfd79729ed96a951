package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// Start installs a tracer provider, a meter provider and the W3C propagators (trace context and
// baggage). shutdown exports what is left and stops them; called again, it returns the error of its
// first call. If Start fails, the error names the variable that is wrong and its allowed values,
// and nothing has been installed.
func Start(ctx context.Context) (shutdown func(context.Context) error, err error) {
	settings, err := read()
	if err != nil {
		return nil, err
	}
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	if settings.disabled {
		otel.SetTextMapPropagator(propagator)
		return func(context.Context) error { return nil }, nil
	}
	res, err := describe(ctx)
	if err != nil {
		return nil, err
	}
	tracers, stopTracers, err := newTracers(ctx, settings.traces, res)
	if err != nil {
		return nil, fmt.Errorf("start trace exporter %s: %w", settings.traces, err)
	}
	meters, stopMeters, err := newMeters(ctx, settings.metrics, res)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start metric exporter %s: %w", settings.metrics, err), stopTracers(ctx))
	}
	otel.SetTracerProvider(tracers)
	otel.SetMeterProvider(meters)
	otel.SetTextMapPropagator(propagator)
	return once(func(ctx context.Context) error { return errors.Join(stopTracers(ctx), stopMeters(ctx)) }), nil
}

// stop exports what is left and stops a provider.
type stop func(context.Context) error

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
func describe(ctx context.Context) (*resource.Resource, error) {
	now, err := resource.New(ctx, resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return resource.Merge(resource.Default(), now)
}

func newTracers(ctx context.Context, exporter string, res *resource.Resource) (trace.TracerProvider, stop, error) {
	var export sdktrace.TracerProviderOption
	switch exporter {
	case none:
		return tracenoop.NewTracerProvider(), nothing, nil
	case console:
		e, err := stdouttrace.New(stdouttrace.WithPrettyPrint(), stdouttrace.WithWriter(os.Stdout))
		if err != nil {
			return nil, nothing, err
		}
		export = sdktrace.WithSyncer(e)
	default:
		e, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, nothing, err
		}
		export = sdktrace.WithBatcher(e)
	}
	p := sdktrace.NewTracerProvider(sdktrace.WithResource(res), export)
	return p, p.Shutdown, nil
}

func newMeters(ctx context.Context, exporter string, res *resource.Resource) (metric.MeterProvider, stop, error) {
	var e sdkmetric.Exporter
	var err error
	switch exporter {
	case none:
		return metricnoop.NewMeterProvider(), nothing, nil
	case console:
		e, err = stdoutmetric.New(stdoutmetric.WithPrettyPrint(), stdoutmetric.WithWriter(os.Stdout))
	default:
		e, err = otlpmetrichttp.New(ctx)
	}
	if err != nil {
		return nil, nothing, err
	}
	p := sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e)))
	return p, p.Shutdown, nil
}

// nothing is the shutdown of a provider that needs none.
func nothing(context.Context) error { return nil }
