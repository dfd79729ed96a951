package grpchooks

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// What each code says to a breaker, a retry and a hedge around a client's call.
func TestFault(t *testing.T) {
	callers := map[codes.Code]bool{
		codes.InvalidArgument: true, codes.NotFound: true, codes.AlreadyExists: true, codes.PermissionDenied: true,
		codes.Unauthenticated: true, codes.FailedPrecondition: true, codes.OutOfRange: true, codes.Canceled: true,
	}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		err := fmt.Errorf("reserve: %w", status.Error(code, "no"))
		if got := runtimehooks.FaultOf(err) == runtimehooks.FaultCaller; got != callers[code] {
			t.Errorf("%v is the caller's fault: %v", code, got)
		}
	}
	for _, err := range []error{errors.New("plain"), context.DeadlineExceeded, &runtimehooks.OpenError{}} {
		if got := runtimehooks.FaultOf(err); got != runtimehooks.FaultUnknown {
			t.Errorf("the fault of %v is %d", err, got)
		}
	}
}
