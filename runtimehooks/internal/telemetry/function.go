package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
)

// errorTypes is how many values of error.type a function's histogram tells apart; the rest is
// "_OTHER".
const errorTypes = 32

// Durations records a function's calls in the histogram function.call.duration.
type Durations struct {
	histogram metric.Float64Histogram
	success   []metric.RecordOption
	failures  *Series[string] // by error.type
}

// FunctionName is code.function.name of a span: of a call site or go statement, which is named by its
// function and what that calls or starts, it has the function alone.
func FunctionName(site string) attribute.KeyValue {
	function, _, _ := strings.Cut(site, " calls ")
	function, _, _ = strings.Cut(function, " go ")
	return semconv.CodeFunctionName(function)
}

// NewDurations returns the recorder for the function that code.function.name shall name.
func NewDurations(provider metric.MeterProvider, function string) *Durations {
	h := Histogram(provider, "function.call.duration", "Duration of function calls.")
	name := semconv.CodeFunctionName(function)
	return &Durations{
		histogram: h,
		success:   []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(name))},
		failures: NewSeries(h, errorTypes, func(errorType string) []attribute.KeyValue {
			return []attribute.KeyValue{name, semconv.ErrorTypeKey.String(errorType)}
		}),
	}
}

// Record records a call's duration in seconds, if anybody wants to know it; errorType is "" for
// success.
func (d *Durations) Record(ctx context.Context, seconds float64, errorType string) {
	if !d.histogram.Enabled(ctx) {
		return
	}
	if errorType == "" {
		d.histogram.Record(ctx, seconds, d.success...)
		return
	}
	if !d.failures.Room(errorType) {
		errorType = other
	}
	d.failures.Record(ctx, seconds, errorType)
}

// other is the error.type of errors beyond the number that is kept apart.
var other = semconv.ErrorTypeOther.Value.AsString()
