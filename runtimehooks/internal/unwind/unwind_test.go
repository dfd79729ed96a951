package unwind

import (
	"runtime"
	"testing"
)

// ends calls end in a function with a deferred call, and returns what that call sees.
func ends(end func()) (seen Ending) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		defer func() { recover() }()
		func() {
			defer see(&seen)
			end()
		}()
	}()
	<-finished
	return seen
}

// see is the deferred call.
func see(seen *Ending) { *seen = Of(0) }

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func()
		want Ending
	}{
		{"return", func() {}, Returned},
		{"panic", func() { panic("end") }, Panicked},
		{"runtime error", func() { var p *int; *p = 1 }, Panicked},
		{"goexit", runtime.Goexit, Exited},
		{"goexit deeper", func() { func() { runtime.Goexit() }() }, Exited},
		{"goexit that replaces a panic", func() {
			defer runtime.Goexit()
			panic("first")
		}, Exited},
		{"panic that was recovered", func() {
			defer func() { recover() }()
			panic("first")
		}, Returned},
	} {
		if got := ends(c.end); got != c.want {
			t.Errorf("%s: ending is %v, want %v", c.name, got, c.want)
		}
	}
}

// A loop of defers is not open-coded: the runtime calls it in another way.
func TestOfInLoop(t *testing.T) {
	for _, exit := range []bool{false, true} {
		var seen [3]Ending
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			for i := range seen {
				defer see(&seen[i])
			}
			if exit {
				runtime.Goexit()
			}
		}()
		<-finished
		for _, s := range seen {
			if want := map[bool]Ending{false: Returned, true: Exited}[exit]; s != want {
				t.Errorf("exit %v: ending is %v, want %v", exit, s, want)
			}
		}
	}
}

func TestNilPanics(t *testing.T) {
	if NilPanics() {
		t.Error("recover returns nil for panic(nil), without GODEBUG=panicnil=1")
	}
}
