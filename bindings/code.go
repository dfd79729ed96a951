package bindings

import (
	"context"
	"errors"
)

// ErrorCode says what went wrong, in words that mean the same for every provider. A code is itself
// an error, so that errors.Is(err, bindings.NotFound) asks for it.
type ErrorCode uint8

// The codes. There are few, because there are few ways in which a caller can react.
const (
	OK                 ErrorCode = iota // no error
	Unknown                             // a failure that no code describes, such as a value that cannot be decoded
	NotFound                            // there is no such entry, object, secret or variable
	AlreadyExists                       // it exists, and should be written only if absent
	FailedPrecondition                  // the state is not what the operation needs: a stale revision, a missing tenant
	PermissionDenied                    // the credentials do not allow it
	ResourceExhausted                   // a quota or a size limit is reached
	Unavailable                         // the provider did not answer, or cannot now
	DeadlineExceeded                    // the context's deadline passed first
	Canceled                            // the context was canceled first
	Unimplemented                       // the provider does not have this ability
)

// codeNames holds the text of each code and its error.type.
var codeNames = [...]struct{ text, errorType string }{
	OK:                 {"ok", ""},
	Unknown:            {"unknown error", "_OTHER"},
	NotFound:           {"not found", "not_found"},
	AlreadyExists:      {"already exists", "already_exists"},
	FailedPrecondition: {"failed precondition", "failed_precondition"},
	PermissionDenied:   {"permission denied", "permission_denied"},
	ResourceExhausted:  {"resource exhausted", "resource_exhausted"},
	Unavailable:        {"unavailable", "unavailable"},
	DeadlineExceeded:   {"deadline exceeded", "deadline_exceeded"},
	Canceled:           {"canceled", "canceled"},
	Unimplemented:      {"unimplemented", "unimplemented"},
}

// Error returns the code in words: "not found".
func (c ErrorCode) Error() string {
	if int(c) >= len(codeNames) {
		c = Unknown
	}
	return codeNames[c].text
}

// ErrorType returns the code as telemetry names it: "not_found".
func (c ErrorCode) ErrorType() string {
	if int(c) >= len(codeNames) {
		c = Unknown
	}
	return codeNames[c].errorType
}

// Code returns the code of err: OK for nil, the code of the outermost [*Error] or [ErrorCode] in
// its chain, Canceled or DeadlineExceeded for a context's error, else Unknown.
func Code(err error) ErrorCode {
	if err == nil {
		return OK
	}
	if code, ok := err.(ErrorCode); ok { // what providers return most
		return code
	}
	if coded, ok := errors.AsType[*Error](err); ok {
		return coded.Code
	}
	if code, ok := errors.AsType[ErrorCode](err); ok {
		return code
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	}
	return Unknown
}

// Retryable reports whether the same call may succeed later without anything else being changed:
// whether the code is Unavailable or ResourceExhausted. Whether a second call is safe is another
// question: it is safe for reads, for compare-and-swap and for writes with IfAbsent, but not for
// increments.
func Retryable(err error) bool {
	switch Code(err) {
	case Unavailable, ResourceExhausted:
		return true
	}
	return false
}
