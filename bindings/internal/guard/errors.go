package guard

import (
	"context"
	"errors"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// retryable reports whether an attempt that failed so may be followed by another.
func retryable(err error) bool {
	return bindings.Retryable(err) || errors.Is(err, runtimehooks.ErrTimeout) || errors.Is(err, runtimehooks.ErrFull)
}

// Ended returns an error as that of the context of its operation, if the operation has failed
// because that has ended. Clients report in many ways that a context has ended; those that give its
// deadline to a connection do so even before it has.
func Ended(ctx context.Context, err error) error {
	code := bindings.Code(err)
	if code != bindings.Unavailable && code != bindings.Unknown || refused(err) {
		return err
	}
	ended := ctx.Err()
	if deadline, ok := ctx.Deadline(); ended == nil && ok && !time.Now().Before(deadline) {
		ended = context.DeadlineExceeded
	}
	if ended == nil {
		return err
	}
	return bindings.Errorf(bindings.Code(ended), "%w; whether it was done is not known (%w)", ended, err)
}

// refused reports whether a policy has refused the operation before it began.
func refused(err error) bool {
	_, ours := outermost(err)
	return ours
}

// failures are the errors that count for a breaker.
func failures() []*error {
	var list []*error
	for _, err := range []error{bindings.Unavailable, bindings.ResourceExhausted, bindings.DeadlineExceeded,
		runtimehooks.ErrTimeout, runtimehooks.ErrFull, context.DeadlineExceeded} {
		list = append(list, &err)
	}
	return list
}

// errLeft is the error that the site gets for an operation that panicked.
var errLeft error = panicked{}

type panicked struct{}

func (panicked) Error() string     { return "the provider panicked" }
func (panicked) ErrorType() string { return "panic" }

// Code returns the code of an error as [bindings.Code] does, and of a policy's that of the
// operation which it refused or ended.
func Code(err error) bindings.ErrorCode {
	code, _ := outermost(err)
	return code
}

// coded gives the error of a policy its code. Others are left as they are.
func coded(err error) error {
	if err == nil {
		return nil
	}
	if code, ours := outermost(err); ours {
		return &bindings.Error{Code: code, Err: err}
	}
	return err
}

// outermost returns the code of the outermost error in a chain that has one, and whether it is a
// policy's.
func outermost(err error) (code bindings.ErrorCode, ours bool) {
	switch e := err.(type) {
	case *runtimehooks.OpenError:
		return bindings.Unavailable, true
	case *runtimehooks.LimitedError, *runtimehooks.FullError:
		return bindings.ResourceExhausted, true
	case *runtimehooks.TimeoutError:
		return bindings.DeadlineExceeded, true
	case *bindings.Error:
		return e.Code, false
	case interface{ Unwrap() error }:
		if inside := e.Unwrap(); inside != nil {
			return outermost(inside)
		}
	case interface{ Unwrap() []error }:
		for _, inside := range e.Unwrap() {
			if code, ours = outermost(inside); code != bindings.Unknown {
				return code, ours
			}
		}
	}
	return bindings.Code(err), false
}

// doubtful returns the error of an operation whose earlier attempt failed with first and may have
// been done all the same. What a later one has found says nothing about it.
func doubtful(first, err error) error {
	switch bindings.Code(err) {
	case bindings.NotFound, bindings.AlreadyExists, bindings.FailedPrecondition:
	default:
		return err
	}
	code, _ := outermost(first)
	return bindings.Errorf(code, "%w; it may have been done, for a later attempt found: %v", first, err)
}
