package runtimehooks

import (
	"errors"
	"fmt"
	"testing"
)

// blamed is an error that says whose fault it is.
type blamed struct{ fault Fault }

func (b blamed) Error() string { return "blamed" }
func (b blamed) Fault() Fault  { return b.fault }

// An error of the chain that says whose fault it is beats what judges say, the outermost first.
func TestFaultOf(t *testing.T) {
	judged := errors.New("judged")
	TeachFault(func(err error) Fault { // stays for the other tests, whose errors it does not know
		if errors.Is(err, judged) {
			return FaultCaller
		}
		return FaultUnknown
	})
	for _, c := range []struct {
		err  error
		want Fault
	}{
		{nil, FaultUnknown},
		{errors.New("plain"), FaultUnknown},
		{judged, FaultCaller},
		{fmt.Errorf("wrapped: %w", judged), FaultCaller},
		{blamed{FaultCallee}, FaultCallee},
		{errors.Join(judged, blamed{FaultCallee}), FaultCallee},
		{errors.Join(blamed{FaultCaller}, blamed{FaultCallee}), FaultCaller},
		{&RetryError{Err: blamed{FaultCaller}}, FaultCaller},
		{&InvalidError{Err: judged}, FaultCaller},
		{&DeniedError{}, FaultCaller},
		{&KeyReusedError{}, FaultCaller},
		{&LimitedError{}, FaultUnknown},
		{&OpenError{}, FaultUnknown},
		{&TimeoutError{}, FaultUnknown},
	} {
		if got := FaultOf(c.err); got != c.want {
			t.Errorf("the fault of %#v is %d, want %d", c.err, got, c.want)
		}
	}
}
