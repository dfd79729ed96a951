package runtimehooks

import (
	"errors"
	"maps"
	"runtime"
	"testing"
)

// descend is woven, and panics at the bottom.
func descend(site *Site, n int, bottom error) {
	call := site.Call()
	call.EnterRoot()
	defer call.Leave()
	if n == 0 {
		panic(bottom)
	}
	descend(site, n-1, bottom)
}

// A panic that nobody reads passes woven functions as it passes plain ones. Recovered and raised
// again in each, it would take minutes at this depth: parsers that panic their way out of deep
// input are real.
func TestDeepPanic(t *testing.T) {
	bottom := errors.New("bottom")
	for name, site := range map[string]*Site{
		"metrics": {Function: "p.F", Name: "F", Aspects: Aspects{Metrics: &Metrics{}}},
		"trace":   {Function: "p.F", Name: "F", Aspects: Aspects{Trace: &Trace{}}},
	} {
		for range 2 {
			func() {
				defer func() {
					if got := recover(); got != bottom {
						t.Errorf("%s: recovered %v, want the value itself", name, got)
					}
				}()
				descend(site, 50_000, bottom)
			}()
		}
	}
}

// What passes unread is counted as what it is.
func TestUnreadEndings(t *testing.T) {
	got := record(t)
	site := &Site{Function: "p.G", Name: "G", Aspects: Aspects{Metrics: &Metrics{}}}
	for _, end := range []func(){func() {}, func() { panic("end") }, leaveGoroutine, func() {}} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { recover() }()
			enclose(site, end)
		}()
		<-done
	}
	counts := map[string]uint64{}
	_, points := got.points(t)
	for _, p := range points {
		counts[text(p.Attributes.ToSlice())["error.type"]] += p.Count
	}
	if want := map[string]uint64{"": 2, "panic": 1, "goexit": 1}; !maps.Equal(counts, want) {
		t.Errorf("calls by error.type: %v, want %v", counts, want)
	}
}

//go:noinline
func leaveGoroutine() { runtime.Goexit() }

func enclose(site *Site, body func()) {
	call := site.Call()
	call.EnterRoot()
	defer call.Leave()
	body()
}
