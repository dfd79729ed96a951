package process

import (
	"os"
	"sync/atomic"
)

const (
	unread int32 = iota
	on
	off
)

var state atomic.Int32 // whether sites are switched off

// Off reports whether INSTRUMENT=off was in the environment when it was first asked.
func Off() bool {
	s := state.Load()
	return s == off || s == unread && read()
}

// KnownOff is Off, except that it is false before somebody has asked: it is small enough to become
// a part of its caller.
func KnownOff() bool { return state.Load() == off }

func read() bool {
	s := on
	if os.Getenv("INSTRUMENT") == "off" {
		s = off
	}
	state.CompareAndSwap(unread, s)
	return state.Load() == off
}

// SetOff overrules the environment, for tests. It returns a function that brings back what was
// before.
func SetOff(is bool) (restore func()) {
	s := on
	if is {
		s = off
	}
	old := state.Swap(s)
	return func() { state.Store(old) }
}
