package breaker_test

import (
	"testing"
	"time"

	"example.com/conformance/breaker"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// TestCircuitBreakerConfig overrides a cooldown of 2 s by one of 1 s.
func TestCircuitBreakerConfig(t *testing.T) {
	for _, c := range []struct {
		name, site string
		call       service
	}{
		{"the cooldown of all sites", "*", breaker.ConfigGlobal},
		{"the cooldown of one site", "example.com/conformance/breaker.ConfigMethod", breaker.ConfigMethod},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.FreshCall(t, c.call)
			harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
				c.site: {"breaker": {"cooldown": "1s"}},
			}})
			harness.Play(t, "FFFFO.S", time.Second, c.call)
		})
	}
}
