package slots

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// caller is a goroutine that acquires a slot; its result comes when it has one or is refused.
type caller struct {
	err  error
	done bool
	at   time.Time // when
}

func acquire(ctx context.Context, s *Slots, wait time.Duration) *caller {
	c := new(caller)
	go func() {
		err := s.Acquire(ctx, wait)
		c.err, c.done, c.at = err, true, time.Now()
	}()
	synctest.Wait()
	return c
}

// holds reports whether the caller has a slot.
func (c *caller) holds() bool { return c.done && c.err == nil }

// full takes all slots.
func full(t *testing.T, max, queue int) *Slots {
	t.Helper()
	s := New("s", max, queue)
	for range max {
		if err := s.Acquire(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func expect(t *testing.T, s *Slots, running, waiting int) {
	t.Helper()
	if got := s.Snapshot(); got.Running != running || got.Waiting != waiting {
		t.Errorf("%d run and %d wait, want %d and %d", got.Running, got.Waiting, running, waiting)
	}
}

func TestRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, max := range []int{1, 3, 10} {
			s := full(t, max, 0)
			begin := time.Now()
			if err := s.Acquire(t.Context(), 0); err != ErrFull || time.Since(begin) != 0 {
				t.Errorf("error is %v after %v", err, time.Since(begin))
			}
			s.Release()
			if err := s.Acquire(t.Context(), 0); err != nil {
				t.Errorf("a free slot: %v", err)
			}
			expect(t, s, max, 0)
		}
	})
}

// Without a bound of the queue any number may wait, each for its time.
func TestWaitsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := full(t, 1, 0)
		begin := time.Now()
		var callers []*caller
		for range 100 {
			callers = append(callers, acquire(t.Context(), s, time.Second))
		}
		expect(t, s, 1, 100)
		time.Sleep(time.Second)
		synctest.Wait()
		for _, c := range callers {
			if !errors.Is(c.err, ErrFull) || c.at.Sub(begin) != time.Second {
				t.Fatalf("error is %v after %v, want ErrFull after 1s", c.err, c.at.Sub(begin))
			}
		}
		expect(t, s, 1, 0)
		c := acquire(t.Context(), s, time.Second)
		time.Sleep(999 * time.Millisecond)
		s.Release()
		synctest.Wait()
		if !c.holds() {
			t.Error("a slot came in time")
		}
		expect(t, s, 1, 0)
	})
}

// With a queue and no time to wait, callers wait as long as their contexts let them.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := full(t, 1, 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		first, second := acquire(t.Context(), s, 0), acquire(ctx, s, 0)
		if err := s.Acquire(t.Context(), 0); err != ErrFull {
			t.Errorf("error is %v, want the third to find the queue full", err)
		}
		if err := s.Acquire(t.Context(), time.Minute); err != ErrFull {
			t.Errorf("error is %v, want the bound to hold for those that say how long, too", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if first.done || second.err != context.DeadlineExceeded {
			t.Errorf("the first has ended: %v, the second with %v", first.done, second.err)
		}
		expect(t, s, 1, 1)
		third := acquire(t.Context(), s, time.Minute) // there is room again
		time.Sleep(time.Minute)
		synctest.Wait()
		if third.err != ErrFull || first.done {
			t.Errorf("error is %v, want a minute to be the most", third.err)
		}
		s.Release()
		synctest.Wait()
		if !first.holds() {
			t.Error("the first in the queue has no slot")
		}
		s.Release()
		expect(t, s, 0, 0)
	})
}

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := full(t, 1, 10)
		var order []int
		for i := range 5 {
			go func() {
				if s.Acquire(t.Context(), 0) == nil {
					order = append(order, i)
				}
			}()
			synctest.Wait()
		}
		for range 5 {
			s.Release()
			synctest.Wait()
			if err := s.Acquire(t.Context(), time.Nanosecond); err != ErrFull {
				t.Errorf("error is %v, want nobody to come before those that wait", err)
			}
		}
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("order is %v", order)
		}
	})
}

// A caller that leaves the queue, from anywhere in it, makes room and is never served.
func TestLeaveQueue(t *testing.T) {
	for leaver := range 3 {
		synctest.Test(t, func(t *testing.T) {
			s := full(t, 1, 3)
			ctx, cancel := context.WithCancel(t.Context())
			var callers []*caller
			for i := range 3 {
				if i == leaver {
					callers = append(callers, acquire(ctx, s, 0))
				} else {
					callers = append(callers, acquire(t.Context(), s, 0))
				}
			}
			cancel()
			synctest.Wait()
			if callers[leaver].err != context.Canceled {
				t.Errorf("error is %v", callers[leaver].err)
			}
			expect(t, s, 1, 2)
			callers = append(callers, acquire(t.Context(), s, 0))
			for i, c := range callers {
				if i != leaver {
					s.Release()
					synctest.Wait()
					if !c.holds() {
						t.Errorf("%d has no slot", i)
					}
				}
			}
			expect(t, s, 1, 0)
		})
	}
}

// A slot that reaches a caller whose context ends before it can begin goes to the next one.
// failsafe-go loses it for good.
func TestSlotOfLeaverIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 { // select may choose either
			s := full(t, 1, 2)
			ctx, cancel := context.WithCancel(t.Context())
			leaver, _ := s.enqueue(0)
			next := acquire(t.Context(), s, 0)
			s.Release() // the leaver has the slot, but has not run since
			cancel()
			if err := s.await(ctx, leaver, 0); err != context.Canceled {
				t.Fatalf("the leaver got %v", err)
			}
			synctest.Wait()
			if !next.holds() {
				t.Fatal("the slot did not reach the next one")
			}
			expect(t, s, 1, 0)
		}
	})
}

// A slot that comes at the moment when the time to wait is over is one.
func TestSlotAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			s := full(t, 1, 0)
			c := acquire(t.Context(), s, time.Second)
			time.AfterFunc(time.Second, s.Release)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			running := 0
			if c.holds() {
				running = 1
			}
			expect(t, s, running, 0)
		}
	})
}

// A context that has ended does not keep a caller from a free slot: what that means is for the body
// to say.
func TestEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := New("s", 1, 5)
		if err := s.Acquire(ctx, 0); err != nil {
			t.Error(err)
		}
		if err := s.Acquire(ctx, time.Second); err != context.Canceled {
			t.Errorf("error is %v, want canceled without waiting", err)
		}
		expect(t, s, 1, 0)
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := full(t, 1, 5)
		callers := []*caller{acquire(t.Context(), s, 0), acquire(t.Context(), s, 0), acquire(t.Context(), s, 0)}
		s.Set(3, 5)
		synctest.Wait()
		if !callers[0].holds() || !callers[1].holds() || callers[2].done {
			t.Error("want two more to have slots at once, in their order")
		}
		expect(t, s, 3, 1)
		s.Set(1, 1)
		if err := s.Acquire(t.Context(), 0); err != ErrFull {
			t.Errorf("error is %v, want the smaller queue to hold", err)
		}
		s.Release()
		s.Release()
		synctest.Wait()
		if callers[2].done {
			t.Error("one runs and one slot is left: nobody else may begin")
		}
		s.Release()
		synctest.Wait()
		if !callers[2].holds() {
			t.Error("a slot is free")
		}
		s.Set(1, 0)
		if err := s.Acquire(t.Context(), 0); err != ErrFull {
			t.Errorf("error is %v, want no queue any more", err)
		}
		s.Set(0, -1)
		if got := (Snapshot{Name: "s", Max: 1, Running: 1}); s.Snapshot() != got {
			t.Errorf("got %+v, want at least one slot", s.Snapshot())
		}
	})
}

func TestReleaseOfNothing(t *testing.T) {
	s := New("s", 1, 0)
	defer func() {
		if recover() == nil {
			t.Error("want a panic: counting on would let too many run")
		}
		expect(t, s, 0, 0)
	}()
	s.Release()
}
