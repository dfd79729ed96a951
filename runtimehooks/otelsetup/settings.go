package otelsetup

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The exporters.
const (
	otlp    = "otlp"
	console = "console"
	none    = "none"
)

// settings is what this package reads from the environment itself.
type settings struct {
	disabled        bool
	traces, metrics string // exporters
}

// read returns the settings, or an error that names every wrong variable.
func read() (settings, error) {
	s := settings{disabled: strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true")}
	if s.disabled {
		return s, nil
	}
	var wrong []error
	choose := func(variable string, allowed ...string) string {
		value, err := choice(variable, allowed...)
		if err != nil {
			wrong = append(wrong, err)
		}
		return value
	}
	s.traces = choose("OTEL_TRACES_EXPORTER", otlp, console, none)
	s.metrics = choose("OTEL_METRICS_EXPORTER", otlp, console, none)
	for _, signal := range []struct{ exporter, variable string }{
		{s.traces, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"},
		{s.metrics, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"},
	} {
		if signal.exporter != otlp {
			continue
		}
		if os.Getenv(signal.variable) == "" {
			signal.variable = "OTEL_EXPORTER_OTLP_PROTOCOL"
		}
		choose(signal.variable, "http/protobuf")
	}
	return s, errors.Join(wrong...)
}

// choice returns the variable's value, or the first of the allowed ones if it is empty.
func choice(variable string, allowed ...string) (string, error) {
	value := os.Getenv(variable)
	if value == "" {
		return allowed[0], nil
	}
	if slices.Contains(allowed, value) {
		return value, nil
	}
	return "", fmt.Errorf("read %s: %q is not supported: must be %s", variable, value, strings.Join(allowed, ", "))
}
