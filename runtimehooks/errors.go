package runtimehooks

import (
	"context"
	"errors"
	"fmt"
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
	if errors.Is(last, reason) {
		return last
	}
	return &endedError{reason: reason, last: last}
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
