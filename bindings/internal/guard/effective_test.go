package guard_test

import (
	"fmt"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// What is left out has the defaults, and a breaker judges in one way.
func TestEffective(t *testing.T) {
	for _, c := range []struct {
		policy bindings.PolicyAspect
		want   string
	}{
		{policy("timeout", "", "1s"), "map[after:1s]"},
		{policy("bulkhead"), "map[max:10 wait:0s]"},
		{policy("bulkhead", "", "64"), "map[max:64 wait:0s]"},
		{policy("breaker"), "map[cooldown:5s failures:5 probes:1]"},
		{policy("breaker", "rate", "0.5"), "map[cooldown:5s probes:1 rate:0.5 window:20]"},
		{policy("retry", "attempts", "5"), "map[attempts:5 budget:0.2 factor:2 initial:100ms jitter:0.5 max:5s]"},
	} {
		if got := fmt.Sprint(c.policy.Effective()); got != c.want {
			t.Errorf("%s is %s, want %s", c.policy.Name, got, c.want)
		}
	}
}
