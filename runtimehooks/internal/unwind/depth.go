package unwind

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Depth is how far below a function's frame its deferred call runs when the function returns. It is
// the same at each return, for the frames between are the same: none, or that of
// runtime.deferreturn. A panic or a Goexit in the function puts its own frames there, and those of
// what the function called. So one look by Of at the first call saves it at all others.
//
// Goexit has a frame as large as that of deferreturn: a function that calls it directly, and whose
// deferred calls the compiler has not inlined, seems to have returned.
type Depth struct{ usual atomic.Uintptr }

// Distance returns how far the variable below is below the variable above, both on the stack, in
// bytes. Should the stack move between the two readings, the value is none that is usual.
func Distance(above, below unsafe.Pointer) uintptr { return uintptr(above) - uintptr(below) }

// Usual reports whether the function returns when its deferred call runs at the distance.
func (d *Depth) Usual(distance uintptr) bool { return d.usual.Load() == distance }

// Learn remembers a distance at which Of saw the function return.
func (d *Depth) Learn(distance uintptr) { d.usual.Store(distance) }

// Measurable reports whether the frames of a panic are larger than that of deferreturn, without
// which a panic could look like a return. It is found out once, by trying.
var Measurable = sync.OnceValue(func() bool {
	var returned, panicked uintptr
	probe(&returned, false)
	func() {
		defer func() { recover() }()
		probe(&panicked, true)
	}()
	return panicked > returned
})

// probe has as few frames between it and its deferred call as there can be. Its defer in a loop
// keeps the compiler from inlining the deferred calls.
//
//go:noinline
func probe(distance *uintptr, panics bool) {
	r := probeRecord{distance}
	defer r.exit()
	for range 2 {
		defer nothing()
	}
	if panics {
		panic(distance)
	}
}

type probeRecord struct{ distance *uintptr }

//go:noinline
func (r *probeRecord) exit() {
	var here byte
	*r.distance = Distance(unsafe.Pointer(r), unsafe.Pointer(&here))
}

//go:noinline
func nothing() {}
