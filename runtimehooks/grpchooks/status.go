package grpchooks

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Status returns the status that err leaves a server with; nil where it has none that this package
// knows. The first error in err's chain that says what the client should know decides:
//
//	limit                     RESOURCE_EXHAUSTED with RetryInfo
//	breaker                   UNAVAILABLE with RetryInfo
//	bulkhead                  UNAVAILABLE
//	timeout                   DEADLINE_EXCEEDED
//	authz                     PERMISSION_DENIED, or UNAUTHENTICATED for an error that matches ErrUnauthenticated
//	validate                  INVALID_ARGUMENT, with the text of the function that validate asks
//	idempotent                ABORTED for a key whose call runs or was superseded, INVALID_ARGUMENT for one that was used otherwise
//	a panic that was recovered INTERNAL, without any detail
//
// A function of authz or validate whose error has a status sets it. Texts name no functions.
func Status(err error) *status.Status {
	s, _ := statusIn(err)
	return s
}

// statusIn returns the status of the first error in the chain that has one, and whether that is one
// of the program's own.
func statusIn(err error) (s *status.Status, own bool) {
	for err != nil {
		if s := refusalStatus(err); s != nil {
			return s, false
		}
		if has, ok := err.(interface{ GRPCStatus() *status.Status }); ok {
			return has.GRPCStatus(), true
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inside := range e.Unwrap() {
				if s, own := statusIn(inside); s != nil {
					return s, own
				}
			}
			return nil, false
		default:
			return nil, false
		}
	}
	return nil, false
}

// refusalStatus returns the status of an error that package runtimehooks has made; nil for others.
func refusalStatus(err error) *status.Status {
	switch e := err.(type) {
	case *runtimehooks.PanicError:
		return status.New(codes.Internal, "internal error")
	case *runtimehooks.LimitedError:
		return retryable(codes.ResourceExhausted, runtimehooks.ErrLimited, e.After)
	case *runtimehooks.OpenError:
		return retryable(codes.Unavailable, runtimehooks.ErrOpen, e.After)
	case *runtimehooks.FullError:
		return status.New(codes.Unavailable, runtimehooks.ErrFull.Error())
	case *runtimehooks.TimeoutError:
		return status.New(codes.DeadlineExceeded, runtimehooks.ErrTimeout.Error())
	case *runtimehooks.DeniedError:
		if s := Status(e.Err); s.Code() != codes.OK {
			return s
		}
		if errors.Is(e.Err, runtimehooks.ErrUnauthenticated) {
			return status.New(codes.Unauthenticated, runtimehooks.ErrUnauthenticated.Error())
		}
		return status.New(codes.PermissionDenied, runtimehooks.ErrDenied.Error())
	case *runtimehooks.InvalidError:
		if s := Status(e.Err); s.Code() != codes.OK {
			return s
		}
		return status.New(codes.InvalidArgument, e.Err.Error())
	case *runtimehooks.InProgressError:
		return status.New(codes.Aborted, runtimehooks.ErrInProgress.Error())
	case *runtimehooks.SupersededError:
		return status.New(codes.Aborted, runtimehooks.ErrSuperseded.Error())
	case *runtimehooks.KeyReusedError:
		return status.New(codes.InvalidArgument, runtimehooks.ErrKeyReused.Error())
	}
	return nil
}

// retryable returns a status that says when to come again.
func retryable(code codes.Code, err error, after time.Duration) *status.Status {
	s := status.New(code, err.Error())
	if after <= 0 {
		return s
	}
	if with, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)}); err == nil {
		return with
	}
	return s
}

// refusal is the error of a method with the status that it leaves the server with. Its text is the
// status's, so that one that wraps it tells clients no more. Interceptors find the method's own
// error in its chain.
type refusal struct {
	status *status.Status
	err    error
}

func (r *refusal) Error() string { return r.status.Err().Error() }

// GRPCStatus returns the status, for package status.
func (r *refusal) GRPCStatus() *status.Status { return r.status }

func (r *refusal) Unwrap() error { return r.err }

// leaving returns the error that leaves the server for one of a method or interceptor.
func leaving(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	s, own := statusIn(err)
	if s == nil || own {
		return err
	}
	if c, ok := ctx.Value(servedKey{}).(*served); ok {
		c.cause = err
	}
	return &refusal{s, err}
}

// unaryStatus is a grpc.UnaryServerInterceptor that gives refusals their statuses.
func unaryStatus(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	answer, err := handle(ctx, req)
	return answer, leaving(ctx, err)
}

// streamStatus is a grpc.StreamServerInterceptor that gives refusals their statuses.
func streamStatus(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	return leaving(stream.Context(), handle(service, stream))
}
