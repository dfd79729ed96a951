package telemetry

import (
	"fmt"
	"reflect"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Tracer returns the provider's tracer for the scope.
func Tracer(provider trace.TracerProvider) trace.Tracer {
	return provider.Tracer(Scope, trace.WithSchemaURL(SchemaURL))
}

// Kind returns the span kind that an option's text names, or byDefault for "".
func Kind(text string, byDefault trace.SpanKind) trace.SpanKind {
	switch text {
	case "internal":
		return trace.SpanKindInternal
	case "server":
		return trace.SpanKindServer
	case "client":
		return trace.SpanKindClient
	case "producer":
		return trace.SpanKindProducer
	case "consumer":
		return trace.SpanKindConsumer
	}
	return byDefault
}

// Failure is how a call failed. The zero Failure is success.
type Failure struct {
	Type     string // error.type; "" for success
	Text     string // what the status and the log record say, where there is neither Err nor a panic
	Err      error  // what the function returned; nil where there is none
	Panicked bool
	Value    any    // the panic's value, if Panicked
	Stack    []byte // the panic's stack, if Panicked and wanted
}

// Failed returns the failure of a call that returned err; the zero Failure for nil.
func Failed(err error) Failure {
	if err == nil {
		return Failure{}
	}
	if nilPointer(err) {
		return Failure{Type: fmt.Sprintf("%T", err), Err: err}
	}
	return Failure{Type: semconv.ErrorType(err).Value.AsString(), Err: err}
}

// Exited returns the failure of a call that leaves by runtime.Goexit.
func Exited() Failure { return Failure{Type: "goexit", Text: "goexit"} }

// Panicked returns the failure of a call that panicked.
func Panicked(value any, stack []byte) Failure {
	return Failure{Type: "panic", Panicked: true, Value: value, Stack: stack}
}

// message is what the status and the log record say. It is fmt that calls the error's or value's own methods, because
// they may panic.
func (f *Failure) message() string {
	switch {
	case f.Panicked:
		return fmt.Sprint("panic: ", f.Value)
	case f.Err != nil:
		return fmt.Sprint(f.Err)
	default:
		return f.Text
	}
}

// Mark records a failure on a recording span: its status, error.type, and one event "exception" for an error or panic.
func (f *Failure) Mark(span trace.Span) {
	if f.Type == "" {
		return
	}
	span.SetStatus(codes.Error, f.message())
	span.SetAttributes(semconv.ErrorTypeKey.String(f.Type))
	switch {
	case f.Panicked:
		span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
			semconv.ExceptionType(fmt.Sprintf("%T", f.Value)),
			semconv.ExceptionMessage(fmt.Sprint(f.Value)),
			semconv.ExceptionStacktrace(string(f.Stack)),
		))
	case f.Err != nil && !nilPointer(f.Err):
		span.RecordError(f.Err)
	}
}

// nilPointer reports whether err holds a nil pointer, whose methods may panic.
func nilPointer(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Retry records that an attempt begins, the n-th from 1, after a pause and because of err.
func Retry(span trace.Span, n int, pause time.Duration, err error) {
	span.AddEvent("retry", trace.WithAttributes(
		attribute.Int("retry.attempt", n),
		attribute.Float64("retry.delay", pause.Seconds()),
		semconv.ErrorType(err),
	))
}
