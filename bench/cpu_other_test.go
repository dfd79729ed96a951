//go:build !unix

package bench

import (
	"testing"
	"time"
)

// cpuTime is not known here: cpu-ns/op is 0.
func cpuTime(*testing.B) time.Duration { return 0 }
