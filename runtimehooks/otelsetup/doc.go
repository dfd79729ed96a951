// Package otelsetup installs OpenTelemetry's providers from the standard environment variables, for
// programs that have no set-up of their own. The directive //instrument:otel above main does what
// this line in main does:
//
//	defer otelsetup.Main()()
//
// A program that wants the errors calls [Start] instead. One that ends by os.Exit, which runs no
// deferred calls, exports what is left where a rule file has aspects.Include(otelsetup.Rules).
// log.Fatal ends a program without that. What is read here:
//
//	OTEL_SDK_DISABLED                     true: install only the propagators
//	OTEL_TRACES_EXPORTER                  otlp (default), console, none, or several with commas
//	OTEL_METRICS_EXPORTER                 the same
//	OTEL_LOGS_EXPORTER                    the same
//	OTEL_EXPORTER_OTLP_PROTOCOL           http/protobuf (default) or grpc
//	OTEL_EXPORTER_OTLP_TRACES_PROTOCOL    the same, for traces
//	OTEL_EXPORTER_OTLP_METRICS_PROTOCOL   the same, for metrics
//	OTEL_EXPORTER_OTLP_LOGS_PROTOCOL      the same, for logs
//	OTEL_PROPAGATORS                      tracecontext,baggage (default), b3, b3multi, jaeger, xray, ottrace, none
//
// The SDK and the exporters read the rest: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_TRACES_SAMPLER, OTEL_BSP_*, OTEL_METRIC_EXPORT_INTERVAL, OTEL_EXPORTER_OTLP_ENDPOINT,
// OTEL_EXPORTER_OTLP_HEADERS and the like. As the specification asks, an empty variable counts as
// unset, and so does a value that is unknown or not supported, after a warning in the log.
//
// Logs are what a bridge sends to the global logger provider, such as
// go.opentelemetry.io/contrib/bridges/otelslog; records of log/slog do not go there by themselves.
//
// It is a module of its own because of the SDK and the exporters, which woven code alone does not
// need.
package otelsetup
