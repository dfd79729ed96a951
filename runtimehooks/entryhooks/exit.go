package entryhooks

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// Exit ends the call. It is the deferred call itself, so that it sees a panic: with the recover
// aspect the entry answers for it, without it goes on with the same value.
func (c *Call[P]) Exit() {
	if c.state != nil {
		var none error
		c.finish(recover(), &none)
	}
}

// Exit ends the call of a function whose result *err tells failure.
func (c *ErrorCall[P]) Exit(err *error) {
	if c.state != nil {
		c.finish(recover(), err)
	}
}

// finish ends the call. value is what the deferred call, its caller, recovered. A handler that
// panics with http.ErrAbortHandler has not failed: that is how one ends its connection.
func (c *call[P]) finish(value any, err *error) {
	ending := c.ending(value)
	c.took = time.Since(c.start)
	aborts := ending == unwind.Panicked && value == http.ErrAbortHandler
	goesOn := ending == unwind.Panicked
	status := 0
	var f telemetry.Failure
	switch {
	case aborts:
		c.policies.Protocol().Abort()
	case ending == unwind.Panicked:
		f = telemetry.Panicked(value, c.stack())
		value, goesOn = c.recovered(value, err)
		if !goesOn {
			status = c.status(*err)
		}
	case ending == unwind.Exited:
		f = telemetry.Exited()
	default:
		if c.refusal == nil && c.policies.Protocol().Late() {
			*err = c.late(*err)
		}
		status = c.status(*err)
		f = c.returned(*err, status)
	}
	if !aborts {
		c.policies.Protocol().End(f.Cause(), ending != unwind.Returned)
	}
	c.restore()
	c.tell(&f, status)
	if goesOn {
		panic(value)
	}
}

// ending tells how the function ends. A look at the callers is cheap beside a request.
func (c *call[P]) ending(value any) unwind.Ending {
	switch {
	case value != nil:
		return unwind.Panicked
	case c.recording, c.policies.Protocol().Holds(), unwind.NilPanics():
		return unwind.Of(2)
	}
	return unwind.Returned
}

// late has the entry answer for a body that has missed its deadline, and returns its error.
func (c *call[P]) late(err error) error {
	c.refusal = &runtimehooks.TimeoutError{Site: c.site.Function, After: c.state.on.Timeout.After, Err: err}
	if c.begun() {
		return err
	}
	return c.about.refuse(c.params, c.refused(c.refusal))
}

// recovered has the entry answer for a body that panicked, if it is to be recovered, and reports
// whether the panic goes on, and with what.
func (c *call[P]) recovered(value any, err *error) (any, bool) {
	if c.state.on.Recover == nil {
		return value, true
	}
	if c.begun() && c.request != nil {
		return http.ErrAbortHandler, true
	}
	r := Refusal{Err: &runtimehooks.PanicError{Site: c.site.Function, Value: value}, Status: c.state.on.Recover.Status}
	if r.Status == 0 {
		r.Status = http.StatusInternalServerError
	}
	*err = c.about.refuse(c.params, r)
	return nil, false
}

// returned judges a function that returned.
func (c *call[P]) returned(err error, status int) telemetry.Failure {
	switch {
	case c.refusal != nil && httphooks.RefusalStatus(c.refusal) >= 500:
		return telemetry.Failed(c.refusal)
	case c.refusal != nil: // the client's doing
		return telemetry.Failure{}
	case err != nil && (status == 0 || status >= 500):
		return telemetry.Failed(err)
	case status >= 500:
		return telemetry.Failure{Type: strconv.Itoa(status)}
	}
	return telemetry.Failure{}
}

// status returns the response's status, 0 where the entry does not know it.
func (c *call[P]) status(err error) int {
	if c.about.status == nil {
		return 0
	}
	return c.about.status(c.params, err)
}

// stack returns the stack of the panic, if somebody will read it.
func (c *call[P]) stack() []byte {
	if c.recording || c.state.on.Recover != nil {
		return debug.Stack()
	}
	return nil
}

// tell writes the call's metrics, log record and span.
func (c *call[P]) tell(f *telemetry.Failure, status int) {
	route := c.route()
	httphooks.Found(c.given, route)
	if !c.inner && route == "" {
		route = httphooks.Routed(c.outer)
	}
	switch st := c.state; {
	case st.requests == nil:
	case c.request == nil:
		st.durations.Record(c.outer, c.took.Seconds(), f.Type)
	case !c.measured:
		st.requests.Record(c.outer, c.took.Seconds(), c.request, route, status, f.Type)
	}
	c.log(route, status, f)
	if c.span == nil {
		return
	}
	if c.recording {
		c.describe(route, status)
		f.Mark(c.span)
	}
	c.span.End()
}

// describe sets what is known of the response. An inner span has none of its own.
func (c *call[P]) describe(route string, status int) {
	if c.inner || c.request == nil {
		return
	}
	if status != 0 {
		c.span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if route == "" {
		return
	}
	c.span.SetAttributes(semconv.HTTPRoute(route))
	if c.state.on.Trace.Name == "" {
		c.span.SetName(httphooks.Name(c.request, route))
	}
}

// log writes the call's log record. A panic that nobody else gets to see is logged, with its stack,
// also without the log aspect.
func (c *call[P]) log(route string, status int, f *telemetry.Failure) {
	l := c.state.on.Log
	recovered := f.Panicked && c.state.on.Recover != nil
	if l == nil && !recovered {
		return
	}
	attrs := []slog.Attr{slog.String("function", c.site.Function)}
	if c.request != nil {
		attrs = append(attrs, slog.String("method", c.request.Method), slog.String("route", route), slog.Int("status", status))
	}
	if recovered {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	if l == nil {
		l = &runtimehooks.Log{}
	}
	telemetry.Log(c.outer, l.Level, l.Slow, c.site.Name, c.took, f, attrs...)
}
