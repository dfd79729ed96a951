package runtimehooks

import (
	"log/slog"
	"reflect"
	"runtime/debug"
	"unsafe"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// Exit ends the call of a function whose result *err tells failure. It is the deferred call itself,
// so that it sees a panic: with the recover aspect the panic becomes *err, without it goes on with
// the same value. A panic whose value nobody reads is not recovered at all.
func (c *Call) Exit(err *error) {
	switch {
	case c.state == nil:
		if c.more != nil {
			c.leaveClaim()
		}
	case c.incurious():
		var here byte
		c.finish(c.left(unwind.Distance(unsafe.Pointer(c), unsafe.Pointer(&here))), nil, err)
	default:
		var here byte
		c.finishRecovered(recover(), err, unwind.Distance(unsafe.Pointer(c), unsafe.Pointer(&here)))
	}
}

// Leave is Exit for a function without a result that tells failure.
func (c *Call) Leave() {
	var none error
	switch {
	case c.state == nil:
	case c.incurious():
		var here byte
		c.finish(c.left(unwind.Distance(unsafe.Pointer(c), unsafe.Pointer(&here))), nil, &none)
	default:
		var here byte
		c.finishRecovered(recover(), &none, unwind.Distance(unsafe.Pointer(c), unsafe.Pointer(&here)))
	}
}

// ExitValue is Exit for a function whose failing result has another type than error but implements
// it. result points to it; the type's zero value, such as a nil pointer, is success.
func (c *Call) ExitValue(result any) {
	if c.state != nil {
		err := failure(result)
		c.finishRecovered(recover(), &err, 0)
	}
}

// incurious reports whether nobody reads a panic's value. To recover it and to panic again would
// cost each woven function on its way a walk over all below it: minutes for some ten thousand.
func (c *Call) incurious() bool { return c.state.incurious && !c.recording }

// failure returns what the pointer result points to as an error, or nil for the zero value of its
// type.
func failure(result any) error {
	v := reflect.ValueOf(result).Elem()
	if v.IsZero() {
		return nil
	}
	if err, ok := v.Interface().(error); ok {
		return err
	}
	err, _ := result.(error) // the methods have a pointer receiver
	return err
}

// finishRecovered ends the call. value is what the deferred call, its caller, recovered: a panic
// goes on unless the recover aspect ends it.
func (c *Call) finishRecovered(value any, err *error, distance uintptr) {
	ending := c.ending(value, *err, distance)
	c.finish(ending, value, err)
	if ending == unwind.Panicked && c.state.on.Recover == nil {
		panic(value)
	}
}

// finish ends the call in every case but the panic itself, whose value is nil if nobody reads it.
func (c *Call) finish(ending unwind.Ending, value any, err *error) {
	if c.phase != done { // else Next has read the clock
		c.tick()
	}
	var f telemetry.Failure
	switch ending {
	case unwind.Returned:
		if c.phase == straight && c.missed() {
			*err = c.late(*err)
		}
		f = telemetry.Failed(*err)
	case unwind.Panicked:
		f = telemetry.Panicked(value, c.stack())
		if c.state.on.Recover != nil {
			*err = &PanicError{Site: c.Site.Function, Value: value, Stack: f.Stack}
		}
	case unwind.Exited:
		f = telemetry.Exited()
	}
	if c.asks() {
		defer c.tell(&f)
		c.conclude(ending, value, *err, &f)
		return
	}
	c.conclude(ending, value, *err, &f)
	c.tell(&f)
}

// asks reports whether a function of the user's is asked how the call ended, which may panic.
func (c *Call) asks() bool {
	b := c.state.on.Breaker
	return b != nil && (b.If != nil || b.Unless != nil) && c.permit.Held()
}

// conclude gives back all that the call holds, and counts it.
func (c *Call) conclude(ending unwind.Ending, value any, err error, f *telemetry.Failure) {
	left := ending != unwind.Returned
	if (c.phase == running || c.phase == judged) && left && !c.fell() && c.state.on.Hedge == nil { // the branches of a hedge have counted theirs
		c.conclusion(tally.NotRetryable)
	}
	if c.more != nil {
		c.more.held.giveBack()
		c.leaveAttempt(f)
		c.leaveFlight(ending == unwind.Panicked, value)
		c.leaveClaim()
	}
	if c.bound != nil {
		unbind(c.bound, !left && f.Type == "" && !c.fell())
	}
	if c.slot {
		c.releaseSlot()
	}
	c.counted(f)
	switch { // no attempt of a loop has returned it
	case !c.permit.Held():
	case left:
		c.release(circuit.Failure)
	default:
		c.settlePermit(err)
	}
}

// fell reports whether the fallback has answered, or was about to.
func (c *Call) fell() bool { return c.more != nil && c.more.fell }

// counted counts the call.
func (c *Call) counted(f *telemetry.Failure) {
	st := c.state
	st.tally.Latency.Add(c.took)
	if f.Type != "" {
		st.tally.Failures.Add(1)
		if st.on.Breaker != nil {
			st.tally.AddFailed(c.took)
		}
		if keeping.Load() {
			st.latest.add(f, c.span)
		}
	}
	if st.policies == nil {
		return
	}
	st.tally.Invocations[tally.Index(f.Type != "")][tally.Index(c.fell())].Add(1)
	if c.begun {
		st.tally.Timeout[tally.Index(c.timedOut)].Add(1)
		until := c.took
		if c.fell() {
			until = c.more.fellAt
		}
		st.policies.timeout.Record(c.outer, until-c.armed)
	}
}

// left tells how the function ends whose deferred call, the caller, runs at the given distance from
// its record, and has recovered nothing.
func (c *Call) left(distance uintptr) unwind.Ending {
	switch {
	case c.phase == done, c.phase == straight && c.state.depth.Usual(distance):
		return unwind.Returned
	}
	ending := unwind.Of(1)
	if ending == unwind.Returned {
		c.state.depth.Learn(distance)
	}
	return ending
}

// ending tells how the function ends, from what its deferred call, the caller's caller, recovered
// and from the function's error. Where only a look at the callers could tell, it looks if somebody
// would know the difference.
func (c *Call) ending(value any, err error, distance uintptr) unwind.Ending {
	if value != nil {
		return unwind.Panicked
	}
	var look bool
	switch c.phase {
	case done:
		return unwind.Returned
	case running, judged, between:
		look = true
	case straight:
		look = err == nil && (c.recording || c.permit.Held()) || unwind.NilPanics()
	}
	if !look || c.phase == straight && distance > 0 && c.state.measurable && c.state.depth.Usual(distance) {
		return unwind.Returned
	}
	how := unwind.Of(2)
	if how == unwind.Returned && c.phase == straight && distance > 0 {
		c.state.depth.Learn(distance)
	}
	return how
}

// stack returns the stack of the panic, if somebody will read it.
func (c *Call) stack() []byte {
	if c.recording || c.state.on.Recover != nil {
		return debug.Stack()
	}
	return nil
}

// tell writes the call's metrics, log record and span. The record goes to the context without the
// timeout, which has ended by now.
func (c *Call) tell(f *telemetry.Failure) {
	if d := c.state.durations; d != nil {
		d.Record(c.outer, c.took.Seconds(), f.Type)
	}
	c.log(f)
	if c.span == nil {
		return
	}
	if c.recording {
		f.Mark(c.span)
	}
	c.span.End()
}

// log writes the record of the log aspect. A panic that ended in a goroutine has one also without
// the aspect, with its stack: nobody gets the error that it became.
func (c *Call) log(f *telemetry.Failure) {
	on := &c.state.on
	ended := c.Site.Goroutine && on.Recover != nil && f.Stack != nil
	if on.Log == nil && !ended {
		return
	}
	attrs := []slog.Attr{slog.String("function", c.Site.Function)}
	if ended {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	l := on.Log
	if l == nil {
		l = &Log{}
	}
	telemetry.Log(c.outer, l.Level, l.Slow, c.Site.Name, c.took, f, attrs...)
}
