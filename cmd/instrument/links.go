//go:build instrument_links

package main

// Generated files import these packages too. The tool itself must not: live becomes active when it
// is imported, debug serves HTTP, and the others are for programs that run on a platform. The build
// tag keeps them out of the tool, but the go command looks at imports under all build tags when it
// decides what a module requires and what is vendored.
import (
	_ "github.com/instrumentgo/instrument/bindings/blob"
	_ "github.com/instrumentgo/instrument/bindings/config"
	_ "github.com/instrumentgo/instrument/bindings/kv"
	_ "github.com/instrumentgo/instrument/bindings/lock"
	_ "github.com/instrumentgo/instrument/bindings/secret"
	_ "github.com/instrumentgo/instrument/bindings/service"
	_ "github.com/instrumentgo/instrument/bindings/sqldb"
	_ "github.com/instrumentgo/instrument/bindings/topic"
	_ "github.com/instrumentgo/instrument/bindings/workflow"
	_ "github.com/instrumentgo/instrument/runtimehooks/debug"
	_ "github.com/instrumentgo/instrument/runtimehooks/live"
)
