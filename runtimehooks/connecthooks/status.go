package connecthooks

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Error returns the error that err leaves a handler as; nil where it has no code that this package
// knows. The first error in err's chain that says what the client should know decides:
//
//	limit                     resource_exhausted with RetryInfo
//	breaker                   unavailable with RetryInfo
//	bulkhead                  unavailable
//	timeout                   deadline_exceeded
//	authz                     permission_denied, or unauthenticated for an error that matches ErrUnauthenticated
//	validate                  invalid_argument, with the text of the function that validate asks
//	idempotent                aborted for a key whose call runs or was superseded, invalid_argument for one that was used otherwise
//	a panic that was recovered internal, without any detail
//
// A function of authz or validate whose error is a *connect.Error sets it. Texts name no functions.
func Error(err error) *connect.Error {
	e, _ := errorIn(err)
	return e
}

// errorIn returns the error for the first one in the chain that has a code, and whether that is one
// of the program's own.
func errorIn(err error) (e *connect.Error, own bool) {
	for err != nil {
		if e := refusal(err); e != nil {
			return e, false
		}
		if e, ok := err.(*connect.Error); ok {
			return e, true
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inside := range e.Unwrap() {
				if e, own := errorIn(inside); e != nil {
					return e, own
				}
			}
			return nil, false
		default:
			return nil, false
		}
	}
	return nil, false
}

// refusal returns the error for one that package runtimehooks has made; nil for others.
func refusal(err error) *connect.Error {
	switch e := err.(type) {
	case *runtimehooks.PanicError:
		return coded(connect.CodeInternal, "internal error", err)
	case *runtimehooks.LimitedError:
		return retryable(coded(connect.CodeResourceExhausted, runtimehooks.ErrLimited.Error(), err), e.After)
	case *runtimehooks.OpenError:
		return retryable(coded(connect.CodeUnavailable, runtimehooks.ErrOpen.Error(), err), e.After)
	case *runtimehooks.FullError:
		return coded(connect.CodeUnavailable, runtimehooks.ErrFull.Error(), err)
	case *runtimehooks.TimeoutError:
		return coded(connect.CodeDeadlineExceeded, runtimehooks.ErrTimeout.Error(), err)
	case *runtimehooks.DeniedError:
		switch inside := Error(e.Err); {
		case inside != nil:
			return inside
		case errors.Is(e.Err, runtimehooks.ErrUnauthenticated):
			return coded(connect.CodeUnauthenticated, runtimehooks.ErrUnauthenticated.Error(), err)
		}
		return coded(connect.CodePermissionDenied, runtimehooks.ErrDenied.Error(), err)
	case *runtimehooks.InvalidError:
		if inside := Error(e.Err); inside != nil {
			return inside
		}
		return coded(connect.CodeInvalidArgument, e.Err.Error(), err)
	case *runtimehooks.InProgressError:
		return coded(connect.CodeAborted, runtimehooks.ErrInProgress.Error(), err)
	case *runtimehooks.SupersededError:
		return coded(connect.CodeAborted, runtimehooks.ErrSuperseded.Error(), err)
	case *runtimehooks.KeyReusedError:
		return coded(connect.CodeInvalidArgument, runtimehooks.ErrKeyReused.Error(), err)
	}
	return nil
}

// shown is what a client is told in place of an error, which interceptors find in its chain.
type shown struct {
	text string
	err  error
}

func (s *shown) Error() string { return s.text }

func (s *shown) Unwrap() error { return s.err }

func coded(code connect.Code, text string, err error) *connect.Error {
	return connect.NewError(code, &shown{text, err})
}

// retryable has an error say when to come again.
func retryable(e *connect.Error, after time.Duration) *connect.Error {
	if after <= 0 {
		return e
	}
	if detail, err := connect.NewErrorDetail(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)}); err == nil {
		e.AddDetail(detail)
	}
	return e
}

// leaving returns the error that leaves a handler for one of a method or interceptor. It has the
// whole of that one in its chain.
func leaving(err error) error {
	e, own := errorIn(err)
	if e == nil || own {
		return err
	}
	if s, ok := errors.AsType[*shown](e); ok {
		s.err = err
	}
	return e
}

// statuses is an interceptor that gives refusals their codes.
type statuses struct{}

// WrapUnary implements connect.Interceptor.
func (statuses) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if req.Spec().IsClient {
			return next(ctx, req)
		}
		res, err := next(ctx, req)
		return res, leaving(err)
	}
}

// WrapStreamingHandler implements connect.Interceptor.
func (statuses) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error { return leaving(next(ctx, conn)) }
}

// WrapStreamingClient implements connect.Interceptor.
func (statuses) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}
