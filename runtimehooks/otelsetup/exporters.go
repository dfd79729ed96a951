package otelsetup

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// kinds makes the exporters of a signal.
type kinds[E any] struct {
	http, grpc, console func(context.Context) (E, error)
}

// exporters returns the exporters that a signal names.
func exporters[E any](ctx context.Context, s signal, make kinds[E]) (otlps, consoles []E, err error) {
	for _, name := range s.exporters {
		from, list := make.console, &consoles
		if name == otlp {
			from, list = make.http, &otlps
			if s.protocol == overGRPC {
				from = make.grpc
			}
		}
		e, err := from(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("start exporter %s: %w", name, err)
		}
		*list = append(*list, e)
	}
	return otlps, consoles, nil
}

// tracers returns the provider of traces; nil if nothing is exported.
func tracers(ctx context.Context, s signal, res *resource.Resource) (*sdktrace.TracerProvider, error) {
	otlps, consoles, err := exporters(ctx, s, kinds[sdktrace.SpanExporter]{
		http: func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracehttp.New(ctx) },
		grpc: func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracegrpc.New(ctx) },
		console: func(context.Context) (sdktrace.SpanExporter, error) {
			return stdouttrace.New(stdouttrace.WithPrettyPrint(), stdouttrace.WithWriter(os.Stdout))
		},
	})
	if err != nil || len(otlps)+len(consoles) == 0 {
		return nil, err
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(res)}
	for _, e := range otlps {
		options = append(options, sdktrace.WithBatcher(e))
	}
	for _, e := range consoles {
		options = append(options, sdktrace.WithSyncer(e))
	}
	return sdktrace.NewTracerProvider(options...), nil
}

// meters returns the provider of metrics; nil if nothing is exported.
func meters(ctx context.Context, s signal, res *resource.Resource) (*sdkmetric.MeterProvider, error) {
	otlps, consoles, err := exporters(ctx, s, kinds[sdkmetric.Exporter]{
		http: func(ctx context.Context) (sdkmetric.Exporter, error) { return otlpmetrichttp.New(ctx) },
		grpc: func(ctx context.Context) (sdkmetric.Exporter, error) { return otlpmetricgrpc.New(ctx) },
		console: func(context.Context) (sdkmetric.Exporter, error) {
			return stdoutmetric.New(stdoutmetric.WithPrettyPrint(), stdoutmetric.WithWriter(os.Stdout))
		},
	})
	if err != nil || len(otlps)+len(consoles) == 0 {
		return nil, err
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(res)}
	for _, e := range append(otlps, consoles...) {
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e)))
	}
	return sdkmetric.NewMeterProvider(options...), nil
}

// loggers returns the provider of logs; nil if nothing is exported.
func loggers(ctx context.Context, s signal, res *resource.Resource) (*sdklog.LoggerProvider, error) {
	otlps, consoles, err := exporters(ctx, s, kinds[sdklog.Exporter]{
		http: func(ctx context.Context) (sdklog.Exporter, error) { return otlploghttp.New(ctx) },
		grpc: func(ctx context.Context) (sdklog.Exporter, error) { return otlploggrpc.New(ctx) },
		console: func(context.Context) (sdklog.Exporter, error) {
			return stdoutlog.New(stdoutlog.WithPrettyPrint(), stdoutlog.WithWriter(os.Stdout))
		},
	})
	if err != nil || len(otlps)+len(consoles) == 0 {
		return nil, err
	}
	options := []sdklog.LoggerProviderOption{sdklog.WithResource(res)}
	for _, e := range otlps {
		options = append(options, sdklog.WithProcessor(sdklog.NewBatchProcessor(e)))
	}
	for _, e := range consoles {
		options = append(options, sdklog.WithProcessor(sdklog.NewSimpleProcessor(e)))
	}
	return sdklog.NewLoggerProvider(options...), nil
}
