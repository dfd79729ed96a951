package runtimehooks

import (
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// PolicyEnv is the environment variable that names the policy file, which package live reads.
const PolicyEnv = "INSTRUMENT_POLICY"

var warnedWithoutLive atomic.Bool

// warnWithoutLive says once per process that the policy file is not read, if there is one and
// nothing reads it. It must not be called under a lock, nor hold one: the program's log handler may
// call woven functions, and wait for other goroutines that do.
func warnWithoutLive() {
	if warnedWithoutLive.Swap(true) {
		return
	}
	if file := os.Getenv(PolicyEnv); file != "" && !process.Live() {
		telemetry.Quietly(func() {
			slog.Warn(PolicyEnv+" is set, but nothing reads it: import github.com/instrumentgo/instrument/runtimehooks/live", "file", file)
		})
	}
}
