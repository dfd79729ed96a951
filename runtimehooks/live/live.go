package live

import (
	_ "embed"
	"os"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

//go:embed policy.schema.json
var policySchema []byte

// Schema returns the JSON schema of policy files, draft 2020-12. Editors use it; files are judged
// by the same definitions.
func Schema() []byte { return append([]byte(nil), policySchema...) }

// The sites of package main are registered after this package is initialized, so that what is
// unknown may only be unknown yet. It is reported by Start, or by a timer.
func init() {
	process.SetLive()
	begin(true)
}

var running struct {
	mu   sync.Mutex
	file *file // nil if there is none
}

// Start reads the file and watches it, if importing the package has not done so. From then on the
// sites that are registered count as all there are: what else the file names is an error. A program
// that never calls Start is given a second. It reports whether there is a file.
func Start() bool {
	f := begin(false)
	if f != nil {
		f.settle()
	}
	return f != nil
}

// begin reads the file and watches it, unless that has begun. It returns nil if there is no file.
func begin(initializing bool) *file {
	running.mu.Lock()
	defer running.mu.Unlock()
	path := os.Getenv(runtimehooks.PolicyEnv)
	if running.file == nil && path != "" {
		process.SetInitializing(initializing)
		running.file = &file{path: path}
		running.file.start()
	}
	return running.file
}
