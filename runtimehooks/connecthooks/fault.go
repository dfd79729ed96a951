package connecthooks

import (
	"errors"

	"connectrpc.com/connect"

	"github.com/instrumentgo/instrument/runtimehooks"
)

var _ = runtimehooks.TeachFault(fault)

// fault says whose fault an error of a call is.
func fault(err error) runtimehooks.Fault {
	e, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return runtimehooks.FaultUnknown
	}
	switch e.Code() {
	case connect.CodeUnknown:
		return runtimehooks.FaultUnknown
	case connect.CodeCanceled, connect.CodeInvalidArgument, connect.CodeNotFound, connect.CodeAlreadyExists, connect.CodePermissionDenied,
		connect.CodeUnauthenticated, connect.CodeFailedPrecondition, connect.CodeOutOfRange:
		return runtimehooks.FaultCaller
	}
	return runtimehooks.FaultCallee
}
