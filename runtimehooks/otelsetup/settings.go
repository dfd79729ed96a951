package otelsetup

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel/propagation"
)

// The exporters, and the protocols of the first one.
const (
	otlp    = "otlp"
	console = "console"
	none    = "none"

	overHTTP = "http/protobuf"
	overGRPC = "grpc"
)

// signal is what the environment says about one of traces, metrics and logs.
type signal struct {
	exporters []string // otlp and console; empty for none
	protocol  string   // of otlp
}

// settings is what this package reads from the environment itself.
type settings struct {
	disabled              bool
	traces, metrics, logs signal
	propagator            propagation.TextMapPropagator
}

// read returns the settings. What cannot be used is reported, and counts as unset.
func read() settings {
	s := settings{propagator: propagators()}
	switch value := os.Getenv("OTEL_SDK_DISABLED"); {
	case strings.EqualFold(value, "true"):
		s.disabled = true
		return s
	case value != "" && !strings.EqualFold(value, "false"):
		ignore("OTEL_SDK_DISABLED", value, "true", "false")
	}
	s.traces, s.metrics, s.logs = signalOf("TRACES"), signalOf("METRICS"), signalOf("LOGS")
	return s
}

func signalOf(name string) signal {
	exporters := choices("OTEL_"+name+"_EXPORTER", otlp, console, none)
	exporters = slices.DeleteFunc(exporters, func(e string) bool { return e == none })
	s := signal{exporters: exporters}
	if !slices.Contains(exporters, otlp) {
		return s
	}
	variable := "OTEL_EXPORTER_OTLP_" + name + "_PROTOCOL"
	if os.Getenv(variable) == "" {
		variable = "OTEL_EXPORTER_OTLP_PROTOCOL"
	}
	switch value := os.Getenv(variable); value {
	case overHTTP, overGRPC:
		s.protocol = value
	default:
		s.protocol = overHTTP
		if value != "" {
			ignore(variable, value, overHTTP, overGRPC)
		}
	}
	return s
}

// choices returns the known values of a variable that holds a list, each once, or the first of them
// if there are none.
func choices(variable string, known ...string) []string {
	var list []string
	for value := range strings.SplitSeq(os.Getenv(variable), ",") {
		switch value = strings.TrimSpace(value); {
		case value == "" || slices.Contains(list, value):
		case slices.Contains(known, value):
			list = append(list, value)
		default:
			ignore(variable, value, known...)
		}
	}
	if list == nil {
		list = known[:1]
	}
	return list
}

// propagators returns what OTEL_PROPAGATORS names.
func propagators() propagation.TextMapPropagator {
	known := []string{"tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", none}
	if os.Getenv("OTEL_PROPAGATORS") != "" {
		if p, err := autoprop.TextMapPropagator(choices("OTEL_PROPAGATORS", known...)...); err == nil {
			return p
		}
	}
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
}

// ignore reports a value that cannot be used.
func ignore(variable, value string, known ...string) {
	slog.Warn(fmt.Sprintf("%s=%s is ignored: it must be %s or %s", variable, value, strings.Join(known[:len(known)-1], ", "), known[len(known)-1]))
}
