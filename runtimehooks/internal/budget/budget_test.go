package budget

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// tries is how many tries in a row the budget lets through.
func tries(b *Budget) (n int) {
	for b.Try(time.Now()) {
		n++
	}
	return n
}

func calls(b *Budget, n int) {
	for range n {
		b.Call(time.Now())
	}
}

func TestShareAndFloor(t *testing.T) {
	for _, c := range []struct {
		share       float64
		calls, want int
	}{{0.2, 0, 10}, {0.2, 4, 10}, {0.2, 5, 11}, {0.2, 1000, 210}, {1, 50, 60}, {0, 1000, 10}} {
		synctest.Test(t, func(t *testing.T) {
			b := New(c.share)
			calls(b, c.calls)
			if got := tries(b); got != c.want {
				t.Errorf("%v of %d calls: %d tries, want %d", c.share, c.calls, got, c.want)
			}
		})
	}
}

// What is older than the period counts no more: neither the calls that earned tries, nor the tries.
func TestPeriod(t *testing.T) {
	for _, pause := range []time.Duration{Period, Period + time.Second, 7 * Period} {
		synctest.Test(t, func(t *testing.T) {
			b := New(0.5)
			calls(b, 100)
			if got := tries(b); got != 60 {
				t.Errorf("%d tries, want 60", got)
			}
			time.Sleep(pause)
			if got := tries(b); got != Floor {
				t.Errorf("after %v %d tries, want %d", pause, got, Floor)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := New(0.5)
		calls(b, 100)
		tries(b)
		time.Sleep(Period / 2)
		calls(b, 20)
		if got := tries(b); got != 10 {
			t.Errorf("%d tries, want 10 for 20 calls more", got)
		}
		time.Sleep(Period / 2)
		if got := tries(b); got != 10 {
			t.Errorf("%d tries, want 10: those of the first half are forgotten, as are their calls", got)
		}
		want := Snapshot{Share: 0.5, Calls: 20, Tries: 20, Allowed: 20}
		if got := b.Snapshot(time.Now()); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(0.1)
		calls(b, 100)
		tries(b)
		b.Set(0.5)
		if got := tries(b); got != 40 {
			t.Errorf("%d tries, want 40 more", got)
		}
	})
}

// Clock readings of several goroutines come in any order.
func TestTimesInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(1)
		now := time.Now()
		b.Call(now.Add(time.Minute))
		b.Call(now)
		b.Call(now.Add(-time.Hour))
		b.Try(now)
		b.Try(now.Add(-time.Hour))
		if got := b.Snapshot(now); got.Calls != 3 || got.Tries != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// No try is let through twice, and no call is lost, whoever counts at the same time.
func TestConcurrently(t *testing.T) {
	b := New(0.2)
	now := time.Now()
	var all sync.WaitGroup
	var got atomic.Int64
	for range 8 {
		all.Go(func() {
			for range 1000 {
				b.Call(now)
			}
		})
		all.Go(func() {
			for range 1000 {
				if b.Try(now) {
					got.Add(1)
				}
			}
		})
	}
	all.Wait()
	got.Add(int64(func() (n int) {
		for b.Try(now) {
			n++
		}
		return n
	}()))
	if got.Load() != 1610 {
		t.Errorf("%d tries, want 1610 for 8000 calls", got.Load())
	}
}

func TestNoAllocation(t *testing.T) {
	b := New(0.2)
	if n := testing.AllocsPerRun(100, func() { b.Call(time.Now()); b.Try(time.Now()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCall(b *testing.B) {
	budget, now := New(0.2), time.Now()
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			budget.Call(now)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				budget.Call(now)
			}
		})
	})
}

func BenchmarkTry(b *testing.B) {
	budget, now := New(0.2), time.Now()
	for b.Loop() {
		budget.Try(now)
	}
}
