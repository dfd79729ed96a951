package runtimehooks

import (
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
)

// OverrideError is one thing that is wrong with overrides.
type OverrideError struct {
	Path    []string // where: "sites", a function, an aspect, an option; or less of that. The aspect "*" is left out
	Value   bool     // what stands at Path is wrong, not that something does
	Message string   // what must be
	Hint    string   // what to do about it; may be ""
}

// Error returns "sites / example.com/shop.Place / retry / attempts: message (hint)".
func (e *OverrideError) Error() string {
	text := strings.Join(e.Path, " / ") + ": " + e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// OverrideErrors is all that is wrong with overrides, sorted by path.
type OverrideErrors []*OverrideError

// Error returns the errors, one a line.
func (e OverrideErrors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors.
func (e OverrideErrors) Unwrap() []error {
	list := make([]error, len(e))
	for i, err := range e {
		list[i] = err
	}
	return list
}

// overrideErrors are the errors as this package knows them.
func overrideErrors(errs []*override.Error) OverrideErrors {
	var list OverrideErrors
	for _, e := range errs {
		list = append(list, (*OverrideError)(e))
	}
	return list
}
