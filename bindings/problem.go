package bindings

import (
	"cmp"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with an environment, or with what a program asks of it.
type Problem struct {
	Binding  string // logical name; "" if it is about the whole environment
	Position string // file:line:column; "" if unknown
	Err      error
}

// Error returns "bindings/dev.yaml:3:9: open carts: cause".
func (p Problem) Error() string {
	if p.Position == "" {
		return p.Err.Error()
	}
	return p.Position + ": " + p.Err.Error()
}

// Unwrap returns Err.
func (p Problem) Unwrap() error { return p.Err }

// Problems is everything that is wrong, sorted. As an error it has one line for each problem.
type Problems []Problem

// Error returns the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i := range p {
		errs[i] = p[i]
	}
	return errs
}

// err returns the sorted problems as an error, nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Binding, b.Binding), cmp.Compare(a.Error(), b.Error()))
	})
	return p
}
