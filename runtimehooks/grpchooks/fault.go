package grpchooks

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/runtimehooks"
)

var _ = runtimehooks.TeachFault(fault)

// fault says whose fault a status is.
func fault(err error) runtimehooks.Fault {
	s, ok := status.FromError(err)
	if !ok {
		return runtimehooks.FaultUnknown
	}
	switch s.Code() {
	case codes.OK, codes.Unknown:
		return runtimehooks.FaultUnknown
	case codes.Canceled, codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.Unauthenticated,
		codes.FailedPrecondition, codes.OutOfRange:
		return runtimehooks.FaultCaller
	}
	return runtimehooks.FaultCallee
}
