package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Nothing is lost in a second of calls on all cores.
func TestSoak(t *testing.T) {
	examine(t, soak(t.Name(), time.Second, 64, runtime.NumGoroutine))
}

// Nor in a time that is that of a synctest bubble: there every timer fires when it is due, and a
// goroutine that would wait for ever is found: the bubble does not end. Those outside of it do not
// count.
func TestSoakInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { examine(t, soak(t.Name(), 2*time.Second, 32, func() int { return 0 })) })
}

// examine fails the test if anything is wrong, or if some sites had nothing to do.
func examine(t *testing.T, r *report) {
	for _, s := range r.subjects {
		if c := &s.counts; c.ended[""] == 0 || c.ended[""] == c.calls {
			t.Errorf("%s: %d of %d calls succeeded, want some", s.name, c.ended[""], c.calls)
		}
	}
	if len(r.wrong) > 0 {
		t.Error(strings.Join(r.wrong, "\n"))
	}
	if t.Failed() {
		r.print(os.Stderr)
	}
}
