package workflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/bindings"
)

// Errors are the errors by which callers distinguish what went wrong, each with a name that it has
// in records: with the import path of its package.
type Errors map[string]error

// everywhere are the errors that every record knows.
var everywhere = Errors{"context.Canceled": context.Canceled, "context.DeadlineExceeded": context.DeadlineExceeded}

// failure is an error as it is recorded.
type failure struct {
	Text     string   `json:"text"`
	Code     string   `json:"code,omitempty"` // as telemetry names it; "" for none
	Matches  []string `json:"matches,omitempty"`
	Rejected bool     `json:"rejected,omitempty"`
	Panic    bool     `json:"panic,omitempty"` // it is the text of a panic
}

// failureOf returns an error as it is recorded, and which of known it matches.
func failureOf(err error, known Errors) *failure {
	f := &failure{Text: err.Error(), Rejected: bindings.Rejected(err)}
	if code := bindings.Code(err); code != bindings.Unknown {
		f.Code = code.ErrorType()
	}
	for _, errs := range []Errors{everywhere, known} {
		for _, name := range slices.Sorted(maps.Keys(errs)) {
			if errors.Is(err, errs[name]) {
				f.Matches = append(f.Matches, name)
			}
		}
	}
	if own, ok := errors.AsType[*recorded](err); ok { // of a step, whose package knows others
		for _, name := range own.Matches {
			if !slices.Contains(f.Matches, name) {
				f.Matches = append(f.Matches, name)
			}
		}
	}
	slices.Sort(f.Matches)
	f.Matches = slices.Compact(f.Matches)
	if own, ok := err.(*PanicError); ok {
		f.Text, f.Panic = own.Text, true
	}
	return f
}

// err returns the error that was recorded, as callers see it.
func (f *failure) err(known Errors) error {
	if f.Panic {
		return &PanicError{f.Text}
	}
	r := &recorded{failure: f}
	for code := bindings.NotFound; code <= bindings.Unimplemented; code++ {
		if code.ErrorType() == f.Code {
			r.causes = append(r.causes, code)
		}
	}
	for _, name := range f.Matches {
		for _, errs := range []Errors{everywhere, known} {
			if err := errs[name]; err != nil {
				r.causes = append(r.causes, err)
			}
		}
	}
	if f.Rejected {
		return bindings.Reject(r)
	}
	return r
}

// recorded is an error that comes from a record: it has the text, the code, and what it matched.
type recorded struct {
	*failure
	causes []error
}

func (r *recorded) Error() string   { return r.Text }
func (r *recorded) Unwrap() []error { return r.causes }

// PanicError is the failure of a step or a body that panicked. A body that calls such a step panics
// with it.
type PanicError struct {
	Text string // what it panicked with
}

// Error returns "panic: " and the text.
func (e *PanicError) Error() string { return "panic: " + e.Text }

// panicked returns the failure of what panicked with a value.
func panicked(value any) error {
	if own, ok := value.(*PanicError); ok {
		return own
	}
	return &PanicError{fmt.Sprint(value)}
}
