package telemetry

import (
	"reflect"
	"strings"

	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the name of the instrumentation scope.
const Scope = "github.com/instrumentgo/instrument"

// SchemaURL is the schema of the attributes that the scope records.
const SchemaURL = semconv.SchemaURL

// Records reports whether spans of the provider may record anything. Those of OpenTelemetry's no-op
// provider do not, nor those of the provider that is there before a program installs one; it is
// known by its type, because the SDK's replaces it.
func Records(provider trace.TracerProvider) bool {
	t := reflect.TypeOf(provider)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return false
	}
	return !strings.HasSuffix(t.PkgPath(), "go.opentelemetry.io/otel/internal/global") && // vendored or not
		!strings.HasSuffix(t.PkgPath(), "go.opentelemetry.io/otel/trace/noop")
}

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
