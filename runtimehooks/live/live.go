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

// Schema returns the JSON schema of policy files, draft 2020-12. It is for editors; files are
// checked by the same definitions.
func Schema() []byte { return append([]byte(nil), policySchema...) }

// The sites of package main are registered after this package is initialized, so a name may only be
// unknown yet. Start reports unknown names, or else a timer does.
func init() {
	process.SetLive()
	begin(true)
}

var running struct {
	mu   sync.Mutex
	file *file // nil if there is none
}

// Start reads the file and watches it, if importing the package has not done so. From then on the
// registered sites count as complete: any other name in the file is an error. For a program that
// never calls Start, that happens after a second. Start reports whether there is a file.
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
