package telemetry

import (
	"fmt"
	"reflect"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Failure is how a call failed. The zero Failure is success.
type Failure struct {
	Type     string // error.type; "" for success
	Err      error  // what the function returned; nil where there is none
	Panicked bool
	Value    any    // the panic's value, if Panicked
	Stack    []byte // the panic's stack, if Panicked and wanted

	text string // what the status and the log record say; of an error, "" until somebody asks
}

// Failed returns the failure of a call that returned err; the zero Failure for nil.
func Failed(err error) Failure {
	if err == nil {
		return Failure{}
	}
	return Failure{Type: errorType(err), Err: err}
}

// Exited returns the failure of a call that leaves by runtime.Goexit.
func Exited() Failure { return Failure{Type: "goexit", text: "goexit"} }

// Panicked returns the failure of a call that panicked.
func Panicked(value any, stack []byte) Failure {
	return Failure{Type: "panic", Panicked: true, Value: value, Stack: stack}
}

// Cause is the failure as an error; nil for success.
func (f *Failure) Cause() error {
	switch {
	case f.Type == "":
		return nil
	case f.Err != nil:
		return f.Err
	}
	return typed(f.Type)
}

// typed is the error of a failure of which only its type is known.
type typed string

func (t typed) Error() string     { return string(t) }
func (t typed) ErrorType() string { return string(t) }

// Text is what the status and the log record say. An error makes its text once, however many ask:
// that may cost more than all the rest of a call.
func (f *Failure) Text() string {
	switch {
	case f.text != "":
	case f.Panicked:
		f.text = "panic: " + fmt.Sprint(f.Value)
	case f.Err != nil:
		f.text = errorText(f.Err)
	}
	return f.text
}

// exception returns the attributes of the event "exception"; nil where there is none. Those of an
// error are the ones that span.RecordError of the SDK sets.
func (f *Failure) exception() []attribute.KeyValue {
	switch {
	case f.Panicked:
		return []attribute.KeyValue{
			semconv.ExceptionType(fmt.Sprintf("%T", f.Value)),
			semconv.ExceptionMessage(strings.TrimPrefix(f.Text(), "panic: ")),
			semconv.ExceptionStacktrace(string(f.Stack)),
		}
	case f.Err != nil && !nilPointer(f.Err):
		return []attribute.KeyValue{
			semconv.ExceptionType(exceptionType(f.Err)),
			semconv.ExceptionMessage(f.Text()),
		}
	}
	return nil
}

// exceptionType returns err's type with its package's path, as span.RecordError writes it; that of
// a pointer has only the package's name.
func exceptionType(err error) string {
	t := reflect.TypeOf(err)
	if t.PkgPath() == "" && t.Name() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// errorType returns the value of error.type for err.
func errorType(err error) string {
	if nilPointer(err) {
		return fmt.Sprintf("%T", err)
	}
	return semconv.ErrorType(err).Value.AsString()
}

// errorText returns err's text. Where the Error method panics, it is package fmt's account of that.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprint(err)
		}
	}()
	return err.Error()
}

// nilPointer reports whether err holds a nil pointer, whose methods may panic.
func nilPointer(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
