package unwind

import (
	"runtime"
	"strings"
	"sync"
)

// Ending is how a function ends.
type Ending uint8

// The endings.
const (
	Returned Ending = iota
	Panicked        // also after recover has been called
	Exited          // by runtime.Goexit
)

// Of returns how the function ends whose deferred call is skip frames above the caller of Of: 0 for
// the caller itself.
//
// It asks for one frame at a time: each one that runtime.Callers walks over takes some 40 ns, and
// the first one says it.
func Of(skip int) Ending {
	var pc [1]uintptr
	const here = 3 // Callers, Of and the deferred call
	for skip += here; runtime.Callers(skip, pc[:]) > 0; skip++ {
		switch name := runtime.FuncForPC(pc[0] - 1).Name(); {
		case name == "runtime.Goexit":
			return Exited
		case name == "runtime.gopanic":
			return Panicked
		case !wrapper(name):
			return Returned
		}
	}
	return Returned
}

// wrapper reports whether name is that of a closure the compiler makes for a defer statement:
// "pkg.F.deferwrap1". runtime.Callers leaves it out, unless it was called by a panic of its own.
func wrapper(name string) bool {
	_, number, ok := strings.Cut(name, ".deferwrap")
	return ok && strings.Trim(number, "0123456789") == ""
}

// NilPanics reports whether panic(nil) makes recover return nil, as it did before Go 1.21 and does
// under GODEBUG=panicnil=1. A recover has then ended such a panic without a trace, and whoever
// called it must look with Of. It is found out once, by trying.
var NilPanics = sync.OnceValue(func() (nilPanics bool) {
	defer func() { nilPanics = recover() == nil }()
	var nothing any
	panic(nothing)
})
