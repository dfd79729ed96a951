// Package otelsetup installs OpenTelemetry's providers from the standard environment variables, for
// programs that have no set-up of their own:
//
//	shutdown, err := otelsetup.Start(ctx)
//	if err != nil {
//		return err
//	}
//	defer shutdown(context.WithoutCancel(ctx))
//
// What is read here:
//
//	OTEL_SDK_DISABLED                     true: install only the propagator
//	OTEL_TRACES_EXPORTER                  otlp (default), console or none
//	OTEL_METRICS_EXPORTER                 otlp (default), console or none
//	OTEL_EXPORTER_OTLP_PROTOCOL           http/protobuf (default), and no other
//	OTEL_EXPORTER_OTLP_TRACES_PROTOCOL    the same, for traces
//	OTEL_EXPORTER_OTLP_METRICS_PROTOCOL   the same, for metrics
//
// The SDK and the exporters read the rest: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_TRACES_SAMPLER, OTEL_BSP_*, OTEL_METRIC_EXPORT_INTERVAL, OTEL_EXPORTER_OTLP_ENDPOINT,
// OTEL_EXPORTER_OTLP_HEADERS and the like. An empty variable counts as unset.
//
// It is a package of its own because it links the SDK and the exporters, which woven code alone
// does not need.
package otelsetup
