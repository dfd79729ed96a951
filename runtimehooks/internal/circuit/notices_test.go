package circuit

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// states are the states that changes lead to.
func states(changes []Change) []State {
	var list []State
	for _, c := range changes {
		list = append(list, c.To)
	}
	return list
}

// A listener may ask for all there is, and use the breaker. gobreaker deadlocks on a state query.
func TestListenerUsesBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("b", Config{Failures: 1, Cooldown: time.Minute})
		b := k.Get(textKey("key"))
		done := false
		defer Listen(func(c Change) {
			now := time.Now()
			b.State()
			b.Snapshot(now)
			b.Durations(now)
			b.Opened()
			b.Reconfigure(Config{Failures: 2, Cooldown: time.Minute}, now)
			k.Get(textKey(c.Key))
			k.Get(textKey("another"))
			k.Snapshots(now)
			k.Reconfigure(Config{Failures: 1, Cooldown: time.Minute}, now)
			if !done {
				done = true
				b.Force(ForcedClosed, now)
				b.Force(Auto, now)
				k.Force(ForcedOpen, now)
				k.Force(Auto, now)
			}
		})()
		got := record(t)
		play(b, "F")
		if diff := cmp.Diff([]State{Open, Closed, Open, Closed}, states(*got)[:4]); diff != "" || !done {
			t.Error(diff, done)
		}
	})
}

// A panic in a listener loses no change, for no listener, and no permit.
func TestListenerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		defer Listen(func(Change) {
			b.Force(ForcedOpen, time.Now()) // leaves a change in the queue if there is one
			panic("listener")
		})()
		got := record(t)
		panics := func(f func()) {
			t.Helper()
			defer func() {
				if recover() != "listener" {
					t.Error("the panic is lost")
				}
			}()
			f()
		}
		panics(func() { play(b, "F") })
		panics(func() { b.Force(Auto, time.Now()) })
		if diff := cmp.Diff([]State{Open, Closed, Open}, states(*got)); diff != "" {
			t.Error(diff)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		play(b, "F")
		time.Sleep(time.Minute)
		remove := Listen(func(Change) { panic("listener") })
		func() {
			defer func() { recover() }()
			b.Acquire(time.Now())
		}()
		remove()
		if s := b.Snapshot(time.Now()); s.State != HalfOpen || s.Probing != 0 {
			t.Errorf("it is %v with %d probes out, want half-open with none", s.State, s.Probing)
		}
		if got := play(b, "S"); got != "S" || b.State() != Closed {
			t.Errorf("the permit is lost: %s, %v", got, b.State())
		}
	})
}

// Changes come one at a time and in their order, whichever goroutines make them.
func TestNoticesInOrder(t *testing.T) {
	b := New("b", Config{Failures: 1, Probes: 1})
	var telling sync.Mutex // never waited for
	got := make([]Change, 0)
	defer Listen(func(c Change) {
		if !telling.TryLock() {
			t.Error("two changes at a time")
			return
		}
		defer telling.Unlock()
		got = append(got, c)
	})()
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 500 {
				if permit, _, ok := b.Acquire(time.Now()); ok {
					b.Report(permit, Outcome((g+i)%2), time.Now(), 0)
				}
			}
		})
	}
	all.Wait()
	state := Closed
	for i, c := range got {
		if c.From != state {
			t.Fatalf("change %d is from %v, and the one before led to %v", i, c.From, state)
		}
		state = c.To
	}
	if state != b.State() || len(got) == 0 {
		t.Errorf("%d changes led to %v, it is %v", len(got), state, b.State())
	}
}
