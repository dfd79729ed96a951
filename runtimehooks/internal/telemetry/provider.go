package telemetry

import (
	"reflect"

	"go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Scope is the name of the instrumentation scope.
const Scope = "github.com/instrumentgo/instrument"

// SchemaURL is the schema of the attributes that the scope records.
const SchemaURL = semconv.SchemaURL

// Seen remembers a provider, to tell whether it is still the installed one.
//
// Comparing two interface values panics if they hold one type that cannot be compared. Such a value
// is remembered by its type alone: another value of that type counts as the same provider.
type Seen struct {
	value any
	kind  reflect.Type // set instead of value where value cannot be compared
}

// See remembers provider.
func See(provider any) Seen {
	if v := reflect.ValueOf(provider); v.IsValid() && !v.Comparable() {
		return Seen{kind: v.Type()}
	}
	return Seen{value: provider}
}

// Is reports whether provider is the one that was seen.
func (s *Seen) Is(provider any) bool {
	if s.kind != nil {
		return reflect.TypeOf(provider) == s.kind
	}
	return s.value == provider
}
