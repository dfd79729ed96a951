// Package live changes the policies of a running program by a file. It is imported for its effect:
//
//	import _ "github.com/instrumentgo/instrument/runtimehooks/live"
//
// The generated files of main packages that are woven, or link woven packages, do so. The environment variable INSTRUMENT_POLICY names the file. Without it this package does nothing. The file is YAML:
//
//	sites:                                   # by function, as the log and spans name it; "*" is all of them
//	  "example.com/shop/orders.(*Service).PlaceOrder":
//	    retry: {attempts: 5}
//	    breaker: {enabled: false}
//	  bindings.carts: {timeout: {after: 2s}} # the policies of a binding that its environment file gives
//	names:                                   # by the name of a limit, breaker or bulkhead: all sites that name it
//	  payments:
//	    breaker: {cooldown: 1s}
//	stacks:                                  # by stack: all sites that use it
//	  server:
//	    timeout: {after: 3s}
//
// [Schema] describes it. It is read before main, and again whenever it changes: when it is written, replaced by a rename, or
// when a symbolic link on the way to it is. It takes effect as a whole, for calls that begin later. A file that is wrong
// changes nothing; each error is logged with its line and column. What is in effect then stays so, which at the start is
// what the program was built with.
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

// Schema returns the JSON schema of policy files, draft 2020-12. Editors use it; files are judged by the same definitions.
func Schema() []byte { return append([]byte(nil), policySchema...) }

// The sites of package main are registered after this package is initialized, so that what is unknown may only be unknown
// yet. It is reported by Start, or by a timer.
func init() {
	process.SetLive()
	begin(true)
}

var running struct {
	mu   sync.Mutex
	file *file // nil if there is none
}

// Start reads the file and watches it, if importing the package has not done so. From then on the sites that are registered
// count as all there are: what else the file names is an error. A program that never calls Start is given a second.
// It reports whether there is a file.
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
