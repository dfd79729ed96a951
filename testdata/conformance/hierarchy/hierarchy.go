// Package hierarchy has errors that stand to each other as the exception classes of the kit do: one that wraps another is
// one of its kind.
package hierarchy

import (
	"errors"
	"fmt"
)

// Exception is the root, but for Error, which stands apart.
//
//	Exception ◀ E0 ◀ E1 ◀ E2 ◀ E2S
//	            E0 ◀ E0S
//	                 E1 ◀ E1S
//	Exception ◀ Runtime
var (
	Exception = errors.New("exception")
	Runtime   = fmt.Errorf("runtime: %w", Exception)
	E0        = fmt.Errorf("e0: %w", Exception)
	E0S       = fmt.Errorf("e0s: %w", E0)
	E1        = fmt.Errorf("e1: %w", E0)
	E1S       = fmt.Errorf("e1s: %w", E1)
	E2        = fmt.Errorf("e2: %w", E1)
	E2S       = fmt.Errorf("e2s: %w", E2)
	Error     = errors.New("error")
)

// Named is one of the nine errors that each service is called with.
type Named struct {
	Name string
	Err  error
}

// All returns the nine errors.
func All() []Named {
	return []Named{
		{"Exception", Exception}, {"E0", E0}, {"E1", E1}, {"E2", E2}, {"E2S", E2S},
		{"E1S", E1S}, {"E0S", E0S}, {"Runtime", Runtime}, {"Error", Error},
	}
}

// Service is one of the three services: its policy is about these errors, with the exception of those that it leaves out.
type Service struct {
	Name string
	Hits map[string]bool // by Named.Name: those that the policy applies to
}

// The services, as they are woven: A on E0 and E2 but not E1, B on Exception and E1 but not E0 and E2, C on E1 and E2 but
// not E0. What is left out beats what is named, at whatever level of the chain each stands.
var (
	A = Service{"A", map[string]bool{"E0": true, "E0S": true}}
	B = Service{"B", map[string]bool{"Exception": true, "Runtime": true}}
	C = Service{"C", nil}
)
