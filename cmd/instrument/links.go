//go:build instrument_links

package main

// Generated files import this package, and it acts on its own when it is imported, which it must not do here. The go
// command looks at the imports of all build tags when it decides what a module requires, so it is required all the same.
import _ "github.com/instrumentgo/instrument/runtimehooks/live"
