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

// ending is a value whose method is the deferred call, as in woven code.
type ending struct{ seen Ending }

func (e *ending) exit(*error) { e.look() }

func (e *ending) look() { e.seen = Of(1) }

// inlined is small enough that the compiler puts it into its caller.
func inlined(end func()) { end() }

// woven has the form of a woven function.
func woven(e *ending, end func()) (err error) {
	defer e.exit(&err)
	inlined(end)
	return nil
}

// Each deferred call sees how its own function ends, whatever goes on around that.
func TestOfNested(t *testing.T) {
	for _, c := range []struct {
		name         string
		end          func(inner *ending)
		outer, inner Ending
	}{
		{"both return", func(e *ending) { woven(e, func() {}) }, Returned, Returned},
		{"both exit", func(e *ending) { woven(e, runtime.Goexit) }, Exited, Exited},
		{"both panic", func(e *ending) { woven(e, func() { panic("end") }) }, Panicked, Panicked},
		{"panic stops between", func(e *ending) {
			defer func() { recover() }()
			woven(e, func() { panic("end") })
		}, Returned, Panicked},
		{"inner returns while outer exits", func(e *ending) {
			defer woven(e, func() {})
			runtime.Goexit()
		}, Exited, Returned},
		{"inner returns while outer panics", func(e *ending) {
			defer woven(e, func() {})
			panic("end")
		}, Panicked, Returned},
		{"inner exits while outer panics", func(e *ending) {
			defer woven(e, runtime.Goexit)
			panic("end")
		}, Exited, Exited},
		{"inner panics while outer exits", func(e *ending) {
			defer func() {
				defer func() { recover() }()
				woven(e, func() { panic("end") })
			}()
			runtime.Goexit()
		}, Exited, Panicked},
	} {
		t.Run(c.name, func(t *testing.T) {
			var outer, inner ending
			finished := make(chan struct{})
			go func() {
				defer close(finished)
				defer func() { recover() }()
				woven(&outer, func() { c.end(&inner) })
			}()
			<-finished
			if outer.seen != c.outer || inner.seen != c.inner {
				t.Errorf("outer is %v and inner %v, want %v and %v", outer.seen, inner.seen, c.outer, c.inner)
			}
		})
	}
}

// BenchmarkOf measures a look from where package runtimehooks looks, three frames below the
// function.
func BenchmarkOf(b *testing.B) {
	var e ending
	b.ReportAllocs()
	for b.Loop() {
		woven(&e, func() {})
	}
}
