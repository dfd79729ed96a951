package unwind

import (
	"runtime"
	"testing"
	"unsafe"
)

// measured is a record as package runtimehooks has one.
type measured struct {
	depth *Depth
	usual bool // what the deferred call saw
}

//go:noinline
func (m *measured) exit(seen *bool) {
	var here byte
	d := Distance(unsafe.Pointer(m), unsafe.Pointer(&here))
	*seen = m.depth.Usual(d)
	if Of(0) == Returned {
		m.depth.Learn(d)
	}
}

func enclosed(d *Depth, seen *bool, body func()) {
	m := measured{depth: d}
	defer m.exit(seen)
	body()
}

func direct(d *Depth, seen *bool, panics bool) {
	m := measured{depth: d}
	defer m.exit(seen)
	for range 2 {
		defer nothing()
	}
	if panics {
		panic("direct")
	}
}

// A return is seen by its distance from the second one on, and nothing else ever is: not a panic
// below or in the function, with deferred calls of either kind, not a Goexit below it.
func TestDepth(t *testing.T) {
	if !Measurable() {
		t.Skip("a panic's frames are no larger than deferreturn's: the distance is not used with this toolchain")
	}
	for name, c := range map[string]struct {
		leave func(*Depth, *bool)
		usual bool
	}{
		"return":         {func(d *Depth, s *bool) { enclosed(d, s, func() {}) }, true},
		"panic":          {func(d *Depth, s *bool) { enclosed(d, s, func() { panic("below") }) }, false},
		"runtime error":  {func(d *Depth, s *bool) { enclosed(d, s, func() { var none []int; _ = none[len(none)] }) }, false},
		"goexit":         {func(d *Depth, s *bool) { enclosed(d, s, func() { leave() }) }, false},
		"direct return":  {func(d *Depth, s *bool) { direct(d, s, false) }, true},
		"direct panic":   {func(d *Depth, s *bool) { direct(d, s, true) }, false},
		"deep recursion": {func(d *Depth, s *bool) { enclosed(d, s, func() { recurse(1000) }) }, false},
	} {
		var d Depth
		var seen bool
		for range 2 {
			enclosed(&d, &seen, func() {})
		}
		if name == "direct return" || name == "direct panic" {
			d = Depth{}
			direct(&d, &seen, false)
			direct(&d, &seen, false)
		}
		if !seen {
			t.Errorf("%s: a return before it is not seen", name)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { recover() }()
			c.leave(&d, &seen)
		}()
		<-done
		if seen != c.usual {
			t.Errorf("%s: seen as a return: %v, want %v", name, seen, c.usual)
		}
	}
}

//go:noinline
func leave() { runtime.Goexit() }

func recurse(n int) {
	if n == 0 {
		panic("deep")
	}
	recurse(n - 1)
}

func TestMeasurable(t *testing.T) {
	if !Measurable() {
		t.Error("with this toolchain every panic that crosses woven functions is recovered and raised again in each of them")
	}
}
