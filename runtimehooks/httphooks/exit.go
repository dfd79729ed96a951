package httphooks

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// Exit ends the call. It is the deferred call itself, so that it sees a panic: with the recover aspect the panic becomes
// a response, without it goes on with the same value.
func (c *Call) Exit() {
	if c.state != nil {
		c.finish(recover())
	}
}

// finish ends the call. value is what the deferred call, its caller, recovered.
func (c *Call) finish(value any) {
	ending := c.ending(value)
	handBack(c.original, c.request)
	if c.state.clock {
		c.took = time.Since(c.start)
	}
	var f telemetry.Failure
	switch ending {
	case unwind.Returned:
		f = c.returned()
	case unwind.Panicked:
		f = telemetry.Panicked(value, c.stack())
		value = c.recovered(value)
	case unwind.Exited:
		f = telemetry.Exited()
	}
	c.release(ending, &f)
	if c.cancel != nil {
		c.cancel()
	}
	c.tell(&f)
	if ending == unwind.Panicked && value != settled {
		panic(value)
	}
}

// ending tells how the handler ends. A look at the callers is cheap beside a request.
func (c *Call) ending(value any) unwind.Ending {
	switch {
	case value != nil:
		return unwind.Panicked
	case c.recording, c.permit.Held(), unwind.NilPanics():
		return unwind.Of(2)
	}
	return unwind.Returned
}

// returned judges a handler that returned, and answers for it if it missed its deadline.
func (c *Call) returned() telemetry.Failure {
	switch {
	case c.refuse != nil:
		return telemetry.Failed(c.refuse)
	case c.missed():
		c.answer(http.StatusGatewayTimeout)
		return telemetry.Failed(&runtimehooks.TimeoutError{Site: c.site.Function, After: c.site.Timeout.After})
	}
	if !c.response.begun() {
		c.response.status = http.StatusOK // what net/http will send
	}
	if status := c.response.status; status >= 500 {
		return telemetry.Failure{Type: strconv.Itoa(status)}
	}
	return telemetry.Failure{}
}

// missed reports whether the call is past its own deadline, and not because the request's context ended first.
func (c *Call) missed() bool {
	if c.cancel == nil || c.took < c.site.Timeout.After {
		return false
	}
	cause := context.Cause(c.request.Context())
	return cause == nil || cause == error(c.state.missed)
}

// settledPanic is the type of settled.
type settledPanic struct{}

// settled stands for the value of a panic that does not go on.
var settled any = settledPanic{}

// recovered answers for a handler that panicked, if it is to be recovered, and returns the value that the panic goes
// on with. A response that has begun cannot be taken back: the connection is aborted, as net/http would.
func (c *Call) recovered(value any) any {
	switch {
	case c.site.Recover == nil || value == http.ErrAbortHandler:
		return value
	case c.response.status != 0 && !c.response.hijacked:
		return http.ErrAbortHandler
	}
	c.answer(c.site.panicStatus())
	return settled
}

// stack returns the stack of the panic, if somebody will read it.
func (c *Call) stack() []byte {
	if c.recording || c.site.Recover != nil {
		return debug.Stack()
	}
	return nil
}

// release gives the breaker's permit back, if the call has one. A client that has gone away makes a failed response
// neutral, for it is often the reason.
func (c *Call) release(ending unwind.Ending, f *telemetry.Failure) {
	if !c.permit.Held() {
		return
	}
	result := circuit.Success
	if f.Type != "" {
		result = circuit.Failure
		if ending == unwind.Returned && c.outer.Err() == context.Canceled {
			result = circuit.Neutral
		}
	}
	permit := c.permit
	c.permit = circuit.Permit{}
	c.state.breaker.Report(permit, result, c.start.Add(c.took))
}

// tell writes the call's metrics, log record and span.
func (c *Call) tell(f *telemetry.Failure) {
	r, status := c.request, c.response.status
	route := route(r)
	if d := c.state.durations; d != nil {
		d.Record(c.outer, c.took.Seconds(), outcome{
			method: method(r), scheme: scheme(r), route: route, protocol: protocol(r), status: status, errorType: f.Type,
		})
	}
	c.log(route, f)
	if c.span == nil {
		return
	}
	if c.recording {
		if status != 0 {
			c.span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		}
		if route != c.route {
			c.span.SetAttributes(semconv.HTTPRoute(route))
			if c.site.Trace.Name == "" {
				c.span.SetName(spanName(method(r), route))
			}
		}
		f.Mark(c.span)
	}
	c.span.End()
}

// log writes the call's log record. A panic that net/http does not get to see is logged, with its stack, also without
// the log aspect: nobody else would see it. http.ErrAbortHandler is meant to be quiet.
func (c *Call) log(route string, f *telemetry.Failure) {
	l := c.site.Log
	recovered := f.Panicked && c.site.Recover != nil && f.Value != http.ErrAbortHandler
	if l == nil && !recovered {
		return
	}
	attrs := []slog.Attr{
		slog.String("function", c.site.Function),
		slog.String("method", c.request.Method),
		slog.String("route", route),
		slog.Int("status", c.response.status),
	}
	if recovered {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	if l == nil {
		l = &runtimehooks.Log{}
	}
	telemetry.Log(c.outer, l.Level, l.Slow, c.site.Name, c.took, f, attrs...)
}
