package runtimehooks

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// scope is the context of one attempt, where attempts have a deadline or a span of their own. The
// zero scope is none.
type scope struct {
	parent context.Context // of all attempts; nil outside an attempt
	bound  *bound.Context  // with the attempt's deadline; nil if it has none
	span   trace.Span      // nil without spans of attempts
	begin  time.Duration   // from entry
}

// openScope begins the scope of the next attempt, if attempts have one.
func (c *Call) openScope() {
	r := c.state.on.Retry
	if r == nil || r.Each <= 0 && (r.Spans == "" || c.span == nil) {
		return
	}
	s := &c.extra().scope
	s.parent, s.begin = c.ctx, c.took
	if r.Spans != "" && c.state.tracer != nil {
		c.ctx, s.span = c.state.tracer.Start(c.ctx, c.state.span+" attempt", trace.WithAttributes(attribute.Int("retry.attempt", int(c.attempt)+1)))
	}
	if r.Each <= 0 {
		return
	}
	deadline := c.now().Add(r.Each)
	if theirs, ok := c.ctx.Deadline(); !ok || theirs.After(deadline) {
		s.bound = bound.Until(c.ctx, deadline, r.Each, c.state.lateEach)
		c.ctx = s.bound
	}
}

// closeScope ends the attempt's scope. An attempt that ended after its own deadline fails with a
// [*TimeoutError], also when it succeeded late.
func (c *Call) closeScope(err *error) {
	if c.more == nil || c.more.scope.parent == nil {
		return
	}
	s := &c.more.scope
	missed := false
	if s.bound != nil {
		each := c.state.missedEach
		cause := context.Cause(c.ctx)
		missed = c.took-s.begin >= each.After && (cause == nil || cause == error(each))
		if missed {
			last := *err
			if last == error(each) {
				last = nil
			}
			*err = &TimeoutError{Site: each.Site, After: each.After, Err: last}
		}
	}
	c.countScope(missed)
	f := telemetry.Failed(*err)
	c.leaveScope(&f)
}

// countScope counts the attempt's deadline, where attempts are what has one.
func (c *Call) countScope(missed bool) {
	if c.state.policies != nil && c.state.on.Timeout == nil && c.state.on.Retry.Each > 0 {
		c.state.tally.Timeout[tally.Index(missed)].Add(1)
		c.state.policies.timeout.Record(c.outer, c.took-c.more.scope.begin)
	}
}

// leaveAttempt is closeScope for an attempt that has panicked or called runtime.Goexit.
func (c *Call) leaveAttempt(f *telemetry.Failure) {
	if c.more != nil && c.more.scope.parent != nil {
		c.countScope(false)
		c.leaveScope(f)
	}
}

// leaveScope ends the attempt's scope, whatever has become of the attempt.
func (c *Call) leaveScope(f *telemetry.Failure) {
	if c.more == nil || c.more.scope.parent == nil {
		return
	}
	s := &c.more.scope
	if s.bound != nil {
		unbind(s.bound, f.Type == "")
	}
	if s.span != nil {
		if s.span.IsRecording() {
			f.Mark(s.span)
		}
		s.span.End()
	}
	c.ctx = s.parent
	*s = scope{}
}
