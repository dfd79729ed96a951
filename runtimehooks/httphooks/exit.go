package httphooks

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// Exit ends the call. It is the deferred call itself, so that it sees a panic: with the recover
// aspect the panic becomes a response, without it goes on with the same value.
func (c *Call) Exit() {
	if c.state != nil {
		c.finish(recover())
	}
}

// finish ends the call. value is what the deferred call, its caller, recovered. A handler that
// panics with http.ErrAbortHandler has not failed: that is how one ends its connection.
func (c *Call) finish(value any) {
	ending := c.ending(value)
	handBack(c.original, c.request)
	c.took = time.Since(c.start)
	aborts := ending == unwind.Panicked && value == http.ErrAbortHandler
	expired := c.expired()
	var f telemetry.Failure
	switch {
	case aborts:
	case ending == unwind.Panicked:
		f = telemetry.Panicked(value, c.stack())
		value = c.recovered(value)
	case ending == unwind.Exited:
		f = telemetry.Exited()
	default:
		f = c.returned(expired)
	}
	if c.status, c.hijacked = c.sent(); expired {
		c.status = http.StatusServiceUnavailable // of http.TimeoutHandler
	} else if c.status == 0 && !c.hijacked && ending == unwind.Returned {
		c.status = http.StatusOK // what net/http will send
	}
	if aborts {
		c.policies.Protocol().Abort()
	} else {
		c.policies.Protocol().End(f.Cause(), ending != unwind.Returned)
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
	case c.recording, c.policies.Protocol().Holds(), unwind.NilPanics():
		return unwind.Of(2)
	}
	return unwind.Returned
}

// returned judges a handler that returned, and answers for it if it missed its deadline.
func (c *Call) returned(expired bool) telemetry.Failure {
	switch {
	case c.refusal != nil && refusalStatus(c.refusal) >= 500:
		return telemetry.Failed(c.refusal)
	case c.refusal != nil: // the client's doing
		return telemetry.Failure{}
	case c.policies.Protocol().Late():
		c.answerInstead(http.StatusGatewayTimeout)
		return telemetry.Failed(&runtimehooks.TimeoutError{Site: c.site.Function, After: c.state.on.Timeout.After})
	case expired:
		return telemetry.Failure{Type: "timeout", Err: http.ErrHandlerTimeout}
	}
	if status, _ := c.sent(); status >= 500 {
		return telemetry.Failure{Type: strconv.Itoa(status)}
	}
	return telemetry.Failure{}
}

// settledPanic is the type of settled.
type settledPanic struct{}

// settled stands for the value of a panic that does not go on.
var settled any = settledPanic{}

// recovered answers for a handler that panicked, if it is to be recovered, and returns the value
// that the panic goes on with. A response that has begun cannot be taken back: the connection is
// aborted, as net/http would.
func (c *Call) recovered(value any) any {
	if c.state.on.Recover == nil {
		return value
	}
	if status, hijacked := c.sent(); status != 0 && !hijacked {
		return http.ErrAbortHandler
	}
	c.answerInstead(c.state.panicStatus())
	return settled
}

// stack returns the stack of the panic, if somebody will read it.
func (c *Call) stack() []byte {
	if c.recording || c.state.on.Recover != nil {
		return debug.Stack()
	}
	return nil
}

// tell writes the call's metrics, log record and span.
func (c *Call) tell(f *telemetry.Failure) {
	r, status := c.request, c.status
	route := c.routed()
	c.found(route)
	if d := c.state.durations; c.measures() {
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
			n := len(c.attrs)
			c.attrs = append(c.attrs, semconv.HTTPResponseStatusCode(status))
			c.span.SetAttributes(c.attrs[n:]...)
		}
		if route != c.route {
			c.span.SetAttributes(semconv.HTTPRoute(route))
			if c.state.on.Trace.Name == "" && !c.inner {
				c.span.SetName(c.state.spanName(method(r), route))
			}
		}
		f.Mark(c.span)
	}
	c.span.End()
}

// log writes the call's log record. A panic that net/http does not get to see is logged, with its
// stack, also without the log aspect: nobody else would see it.
func (c *Call) log(route string, f *telemetry.Failure) {
	l := c.state.on.Log
	recovered := f.Panicked && c.state.on.Recover != nil
	if l == nil && !recovered {
		return
	}
	attrs := []slog.Attr{
		slog.String("function", c.site.Function),
		slog.String("method", c.request.Method),
		slog.String("route", route),
		slog.Int("status", c.status),
	}
	if recovered {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	if l == nil {
		l = &runtimehooks.Log{}
	}
	telemetry.Log(c.outer, l.Level, l.Slow, c.site.Name, c.took, f, attrs...)
}
