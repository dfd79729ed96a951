package runtimehooks

import (
	"log/slog"
	"os"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// PolicyEnv is the environment variable that names the policy file, which package live reads.
const PolicyEnv = "INSTRUMENT_POLICY"

// warnWithoutLive says once per process that the policy file is not read, if there is one and
// nothing reads it.
var warnWithoutLive = sync.OnceFunc(func() {
	if file := os.Getenv(PolicyEnv); file != "" && !process.Live() {
		slog.Warn(PolicyEnv+" is set, but nothing reads it: import github.com/instrumentgo/instrument/runtimehooks/live", "file", file)
	}
})
