package breaker_test

import (
	"strings"
	"testing"

	"example.com/conformance/breaker"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestCircuitBreakerLifecycle(t *testing.T) {
	const unguarded = 100
	for _, c := range []struct {
		name  string
		new   func() breaker.Service
		calls int // that are not refused
	}{
		{"type", func() breaker.Service { return &breaker.OnType{} }, 8},
		{"type, embedded by a type with a directive: the method stays the base's", func() breaker.Service { return &breaker.OnTypeTypeAgain{} }, 8},
		{"type, hidden in a type with a directive", func() breaker.Service { return &breaker.OnTypeTypeAndMethod{} }, 4},
		{"type, hidden by a method with a directive", func() breaker.Service { return &breaker.OnTypeMethodAgain{} }, 4},
		{"type, hidden by a method without: nothing is inherited", func() breaker.Service { return &breaker.OnTypeHidden{} }, unguarded},
		{"type, embedded", func() breaker.Service { return &breaker.OnTypePlain{} }, 8},
		{"method", func() breaker.Service { return &breaker.OnMethod{} }, 8},
		{"method, embedded by a type with a directive", func() breaker.Service { return &breaker.OnMethodTypeAgain{} }, 8},
		{"method, hidden in a type with a directive", func() breaker.Service { return &breaker.OnMethodTypeAndMethod{} }, 4},
		{"method, hidden by a method with a directive", func() breaker.Service { return &breaker.OnMethodMethodAgain{} }, 4},
		{"method, hidden by a method without", func() breaker.Service { return &breaker.OnMethodHidden{} }, unguarded},
		{"method, embedded", func() breaker.Service { return &breaker.OnMethodPlain{} }, 8},
		{"both: the method's wins", func() breaker.Service { return &breaker.OnBoth{} }, 8},
		{"both, embedded by a type with a directive", func() breaker.Service { return &breaker.OnBothTypeAgain{} }, 8},
		{"both, hidden in a type with a directive", func() breaker.Service { return &breaker.OnBothTypeAndMethod{} }, 4},
		{"both, hidden by a method with a directive", func() breaker.Service { return &breaker.OnBothMethodAgain{} }, 4},
		{"both, hidden by a method without: nothing is inherited", func() breaker.Service { return &breaker.OnBothHidden{} }, unguarded},
		{"both, embedded", func() breaker.Service { return &breaker.OnBothPlain{} }, 8},
	} {
		harness.Run(t, "one breaker for all instances: "+c.name, func(t *testing.T) {
			if c.calls < unguarded {
				harness.FreshCall(t, c.new().Serve)
			}
			for range c.calls / 2 {
				harness.Play(t, "FF", 0, c.new().Serve)
			}
			last := strings.Repeat("O", 3)
			if c.calls == unguarded {
				last = "FFF"
			}
			harness.Play(t, last, 0, c.new().Serve)
		})
	}
	for _, c := range []struct {
		name       string
		one, other service
	}{
		{"two types share no breaker", breaker.One{}.Serve, breaker.Other{}.Serve},
		{"two methods of a type share no breaker", breaker.Methods{}.Serve, breaker.Methods{}.ServeToo},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.FreshCall(t, c.one)
			harness.FreshCall(t, c.other)
			for range 7 {
				harness.Play(t, "F", 0, c.one)
				harness.Play(t, "F", 0, c.other)
			}
			harness.Play(t, "FO", 0, c.one)
			harness.Play(t, "FO", 0, c.other)
			harness.Is(t, c.one(t.Context(), harness.Succeeds), runtimehooks.ErrOpen)
		})
	}
}
