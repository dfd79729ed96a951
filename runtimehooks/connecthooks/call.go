package connecthooks

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// call is one call, served or made, and the context of what is below it.
type call struct {
	context.Context // with the span
	of              *recorder
	state           *telemetry.Instruments[series]
	span            trace.Span
	series          series
	start           time.Time
	ended           atomic.Bool
}

type callKey struct{}

// Value returns the call for its key.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// has reports whether the call of a procedure is recorded already in its context: an option of
// options may have brought an interceptor into a chain twice.
func (r *recorder) has(ctx context.Context, procedure string) bool {
	c, ok := ctx.Value(callKey{}).(*call)
	return ok && c.of == r && c.series.procedure == procedure
}

// begin begins a call. attrs are those of its span beside what all have.
func (r *recorder) begin(ctx context.Context, s series, attrs []attribute.KeyValue) *call {
	c := &call{of: r, state: r.load(), series: s, start: clock.Now()}
	c.Context, c.span = c.state.Tracer.Start(ctx, method(s.procedure), c.state.Kind, trace.WithAttributes(attrs...))
	return c
}

// errLeft is the outcome of a call that left by a panic or runtime.Goexit.
var errLeft = connect.NewError(connect.CodeUnknown, errors.New("the call left by a panic or runtime.Goexit"))

// end ends the call with its error, once.
func (c *call) end(err error) {
	if !c.ended.CompareAndSwap(false, true) {
		return
	}
	code := codeOf(err)
	c.series.code = code
	c.state.Durations.Record(c, time.Since(c.start).Seconds(), c.series)
	if c.span.IsRecording() {
		if c.of.failed(code) {
			c.mark(err)
		}
		c.span.SetAttributes(c.of.appendCode(make([]attribute.KeyValue, 0, 2), c.series.protocol, code)...)
	}
	c.span.End()
}

// mark writes a failure to the span. What an error keeps from clients, such as the text of a panic,
// is there.
func (c *call) mark(err error) {
	if s, ok := errors.AsType[*shown](err); ok {
		f := telemetry.Failed(s.err)
		f.Mark(c.span)
		return
	}
	text := err.Error()
	if e, ok := errors.AsType[*connect.Error](err); ok {
		text = e.Message()
	}
	c.span.SetStatus(otelcodes.Error, text)
}

// codeOf returns the code that an error leaves with; 0 for none, and for one that says that a client
// has the answer already.
func codeOf(err error) connect.Code {
	switch {
	case err == nil, connect.IsNotModifiedError(err):
		return 0
	case errors.As(err, new(*connect.Error)):
		return connect.CodeOf(err)
	case errors.Is(err, context.Canceled):
		return connect.CodeCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return connect.CodeDeadlineExceeded
	}
	return connect.CodeUnknown
}
