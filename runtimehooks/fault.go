package runtimehooks

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// Fault says whose fault an error is.
type Fault uint8

const (
	FaultUnknown Fault = iota // the error does not say
	// The caller's: it asked for what does not exist, is not allowed or makes no sense. What it called
	// has answered as it should, and would answer so again.
	FaultCaller
	FaultCallee // that of what was called, or of the way there
)

// faulty is an error that says whose fault it is.
type faulty interface {
	error
	Fault() Fault
}

// judges are those of TeachFault, copied on write.
var judges struct {
	adding sync.Mutex
	list   atomic.Pointer[[]func(error) Fault]
}

// TeachFault has policies ask judge whose fault an error is, if no error in its chain has a method
// Fault() Fault. It is for the errors of a library: of gRPC, judge reads the code. A judge looks
// through the chain itself, and returns FaultUnknown for errors that it does not know. Policies ask
// only once a call has failed.
//
// Where a policy has neither an option On nor If, an error that is the caller's fault is none for
// it: a breaker counts a success, a retry does not try again, a hedge takes the error for the
// answer.
func TeachFault(judge func(err error) Fault) struct{} {
	judges.adding.Lock()
	defer judges.adding.Unlock()
	var list []func(error) Fault
	if old := judges.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	list = append(list, judge)
	judges.list.Store(&list)
	return struct{}{}
}

// FaultOf returns whose fault err is.
func FaultOf(err error) Fault {
	if f, ok := errors.AsType[faulty](err); ok {
		return f.Fault()
	}
	if list := judges.list.Load(); list != nil {
		for _, judge := range *list {
			if f := judge(err); f != FaultUnknown {
				return f
			}
		}
	}
	return FaultUnknown
}

// filter holds the options of a policy that say which errors it is about, and what its functions
// say that take the results.
type filter struct {
	is, unless func(error) bool
	on, skip   []*error
	said       said
}

// takes reports whether the policy is about an attempt that has ended with err, which is nil if its
// results alone say that it has failed.
func (f filter) takes(err error) bool {
	switch {
	case matches(err, f.skip), f.said.never(), err != nil && f.unless != nil && f.unless(err):
		return false
	case len(f.on) > 0 && !matches(err, f.on), f.is != nil && !f.is(err), f.said.no():
		return false
	case len(f.on) > 0 || f.is != nil || f.said.yes():
		return true
	}
	return FaultOf(err) != FaultCaller
}
