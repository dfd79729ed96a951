package runtimehooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// ErrTimeout matches, with errors.Is, the error of a call that missed the deadline of its own
// timeout. It is a [*TimeoutError].
var ErrTimeout = errors.New("timeout")

// errBeaten is the cause of the end of a branch's context when another branch has won.
var errBeaten = errors.New("another attempt has won")

// errExited is the error of a branch of a hedged call that left by runtime.Goexit.
var errExited = errors.New("runtime.Goexit was called")

// TimeoutError says that a call ended after the deadline of its own timeout. It matches
// [ErrTimeout] and context.DeadlineExceeded. While the call runs, it is also the cause of its
// context's end.
type TimeoutError struct {
	Site  string        // Site.Function
	After time.Duration // the time the call was given
	Err   error         // what the body returned; nil if it succeeded late
}

// Error implements error.
func (e *TimeoutError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("call %s: timeout after %v", e.Site, e.After)
	}
	return fmt.Sprintf("call %s: timeout after %v: %v", e.Site, e.After, e.Err)
}

// Is reports whether target is ErrTimeout or context.DeadlineExceeded.
func (e *TimeoutError) Is(target error) bool {
	return target == ErrTimeout || target == context.DeadlineExceeded
}

// Unwrap returns Err.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Timeout returns true, as net.Error asks.
func (e *TimeoutError) Timeout() bool { return true }

// ErrorType returns "timeout".
func (e *TimeoutError) ErrorType() string { return "timeout" }

// PanicError is a panic that the recover aspect turned into an error.
type PanicError struct {
	Site  string // Site.Function
	Value any    // the panic's value; nil only for panic(nil) under GODEBUG=panicnil=1
	Stack []byte // of the panicking goroutine, as debug.Stack formats it
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("call %s: panic: %v", e.Site, e.Value) }

// Unwrap returns the panic's value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrorType returns "panic".
func (e *PanicError) ErrorType() string { return "panic" }

// RetryError is the error of a call that failed after more than one attempt.
type RetryError struct {
	Site     string // Site.Function
	Attempts int    // calls of the body, at least 2
	Err      error  // the last attempt's error, with the reason for the end where that was another one
}

// Error implements error.
func (e *RetryError) Error() string {
	return fmt.Sprintf("call %s: gave up after %d attempts: %v", e.Site, e.Attempts, e.Err)
}

// Unwrap returns Err.
func (e *RetryError) Unwrap() error { return e.Err }

// ErrorType returns the error.type of Err.
func (e *RetryError) ErrorType() string { return semconv.ErrorType(e.Err).Value.AsString() }

// endedError is the error of a call that something other than its last attempt's error brought to
// an end: both are in its chain, the reason first.
type endedError struct {
	reason error // a context's error, or an *OpenError
	last   error // what the last attempt returned
}

func (e *endedError) Error() string { return fmt.Sprintf("%v; last attempt: %v", e.reason, e.last) }

func (e *endedError) Unwrap() []error { return []error{e.reason, e.last} }

func (e *endedError) ErrorType() string { return semconv.ErrorType(e.reason).Value.AsString() }

// ended returns last with reason in its chain.
func ended(reason, last error) error {
	if c, ok := reason.(*causedError); ok && errors.Is(last, c.cause) && errors.Is(last, c.err) || errors.Is(last, reason) {
		return last
	}
	return &endedError{reason: reason, last: last}
}

// causedError is the error of a context that was ended with a cause. Both are in its chain.
type causedError struct {
	err, cause error
}

func (e *causedError) Error() string { return fmt.Sprintf("%v: %v", e.err, e.cause) }

func (e *causedError) Unwrap() []error { return []error{e.err, e.cause} }

func (e *causedError) ErrorType() string { return semconv.ErrorType(e.err).Value.AsString() }

// reason returns why the context has ended: its error, with the cause if that is another one and
// not a timeout of ours, which the call's own error says.
func reason(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err || cause == nil {
		return err
	}
	if _, ours := cause.(*TimeoutError); ours {
		return err
	}
	return &causedError{err, cause}
}

// othersError is the error of a hedged call in which several branches have failed: all are in its
// chain, what the call ended with first.
type othersError struct {
	err    error
	others []error
}

func (e *othersError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v; other attempts: ", e.err)
	for i, err := range e.others {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

func (e *othersError) Unwrap() []error { return append([]error{e.err}, e.others...) }

func (e *othersError) ErrorType() string { return semconv.ErrorType(e.err).Value.AsString() }

// amongOthers returns err with the errors of other branches in its chain, those that it has already
// aside.
func amongOthers(err error, others []error) error {
	list := err
	var more []error
	for _, other := range others {
		if !errors.Is(list, other) {
			more = append(more, other)
			list = &othersError{err, more}
		}
	}
	return list
}

// matches reports whether err is one of the errors that sentinels point to.
func matches(err error, sentinels []*error) bool {
	for _, s := range sentinels {
		if *s != nil && errors.Is(err, *s) {
			return true
		}
	}
	return false
}
