package timeout_test

import (
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/timeout"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// TestTimeoutConfig overrides a timeout of a minute by one of a second.
func TestTimeoutConfig(t *testing.T) {
	for _, c := range []struct {
		name, site string
		call       service
	}{
		{"the timeout of all sites", "*", timeout.ConfigGlobal},
		{"the timeout of one site", "example.com/conformance/timeout.ConfigMethod", timeout.ConfigMethod},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
				c.site: {"timeout": {"after": "1s"}},
			}})
			took := harness.Elapsed(func() {
				harness.Is(t, c.call(t.Context(), harness.Takes(time.Hour, nil)), runtimehooks.ErrTimeout)
			})
			harness.Equal(t, "time", took, time.Second)
		})
	}
}
