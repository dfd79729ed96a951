//go:build instrument_links

package main

// Generated files import these packages, too. The first acts on its own when it is imported, which it must not do here, and
// the second serves HTTP. The go command looks at the imports of all build tags when it decides what a module requires, and
// what is vendored.
import (
	_ "github.com/instrumentgo/instrument/runtimehooks/debug"
	_ "github.com/instrumentgo/instrument/runtimehooks/live"
)
