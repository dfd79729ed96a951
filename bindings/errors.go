package bindings

import (
	"errors"
	"fmt"
)

// Error is the failure of one operation on a binding. It matches its code and its cause with
// [errors.Is].
type Error struct {
	Code    ErrorCode
	Op      string // what was tried, in words: "compare and swap"; "" if a provider made the error
	Binding string // logical name of the binding; "" if a provider made the error
	Err     error  // the cause; nil if the code says everything
}

// Error returns "get carts: not found: cause".
func (e *Error) Error() string {
	text := e.Code.Error()
	if e.Err != nil {
		if text = e.Err.Error(); e.Code != Unknown && e.Code != Canceled && e.Code != DeadlineExceeded {
			text = e.Code.Error() + ": " + text
		}
	}
	switch {
	case e.Op == "":
		return text
	case e.Binding == "":
		return e.Op + ": " + text
	}
	return e.Op + " " + e.Binding + ": " + text
}

// Is reports whether target is e's code.
func (e *Error) Is(target error) bool { return target == e.Code }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ErrorType returns the code's error type, or that of the cause if the code says nothing.
func (e *Error) ErrorType() string {
	var cause interface{ ErrorType() string }
	if e.Code == Unknown && errors.As(e.Err, &cause) {
		return cause.ErrorType()
	}
	return e.Code.ErrorType()
}

// Errorf returns an [*Error] with a code and a cause of that text. Providers use it; the portable
// type fills in its operation and binding.
func Errorf(code ErrorCode, format string, args ...any) error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

// Failed returns err as the failure of an operation on a binding, nil for nil. The error of a
// provider, which has no operation yet, is not wrapped twice. Packages of kinds use it.
func Failed(op, binding string, err error) error {
	if err == nil {
		return nil
	}
	if own, ok := err.(*Error); ok && own.Op == "" {
		return &Error{Code: own.Code, Op: op, Binding: binding, Err: own.Err}
	}
	if code, ok := err.(ErrorCode); ok {
		return &Error{Code: code, Op: op, Binding: binding}
	}
	return &Error{Code: Code(err), Op: op, Binding: binding, Err: err}
}

// rejected marks an error as final for the message that caused it.
type rejected struct{ err error }

func (r *rejected) Error() string { return r.err.Error() }
func (r *rejected) Unwrap() error { return r.err }

// Permanent keeps a retry around the handler from handling the message again.
func (r *rejected) Permanent() bool { return true }

// Reject returns err as a verdict on a message: delivering it again cannot help, so it goes to the
// dead letters at once, and no retry around its handler repeats it. It returns nil for nil.
func Reject(err error) error {
	if err == nil {
		return nil
	}
	return &rejected{err}
}

// Rejected reports whether err was given to [Reject], or wraps such an error.
func Rejected(err error) bool {
	_, ok := errors.AsType[*rejected](err)
	return ok
}
