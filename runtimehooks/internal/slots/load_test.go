package slots

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Never more than max at once, no slot lost and nobody forgotten, whatever 100 callers do.
func TestPressure(t *testing.T) {
	for _, max := range []int{1, 3, 10} {
		for _, queue := range []int{0, 20} {
			for _, wait := range []time.Duration{0, 50 * time.Microsecond, time.Minute} {
				s := New("s", max, queue)
				var running atomic.Int32
				var all sync.WaitGroup
				for g := range 100 {
					all.Go(func() {
						for i := range 100 {
							ctx, cancel := context.WithCancel(t.Context())
							if (g+i)%7 == 0 {
								time.AfterFunc(20*time.Microsecond, cancel)
							}
							if s.Acquire(ctx, wait) == nil {
								if n := int(running.Add(1)); n > max {
									t.Errorf("%d run at once, want at most %d", n, max)
								}
								running.Add(-1)
								s.Release()
							}
							cancel()
						}
					})
				}
				all.Wait()
				expect(t, s, 0, 0)
				if s.first != nil || s.last != nil {
					t.Error("somebody is left in the queue")
				}
			}
		}
	}
}

// The size may change under load: in the end everything is as it was set, and nobody waits forever.
func TestSetUnderPressure(t *testing.T) {
	s := New("s", 2, 0)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 200 {
				if s.Acquire(t.Context(), time.Hour) == nil {
					s.Release()
				}
			}
		})
	}
	for i := range 200 {
		s.Set(i%5+1, 0)
	}
	all.Wait()
	expect(t, s, 0, 0)
}

func TestNoAllocation(t *testing.T) {
	s := New("s", 2, 0)
	if n := testing.AllocsPerRun(100, func() {
		if s.Acquire(t.Context(), time.Second) == nil {
			s.Release()
		}
	}); n != 0 {
		t.Errorf("%v allocations for a free slot", n)
	}
	s = full(t, 1, 0)
	if n := testing.AllocsPerRun(100, func() { s.Acquire(t.Context(), 0) }); n != 0 {
		t.Errorf("%v allocations for a refusal", n)
	}
}

func BenchmarkSlots(b *testing.B) {
	s := New("s", 10, 0)
	ctx := context.Background()
	b.Run("free", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.Acquire(ctx, 0) == nil {
				s.Release()
			}
		}
	})
	b.Run("free/parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if s.Acquire(ctx, 0) == nil {
					s.Release()
				}
			}
		})
	})
	b.Run("queued", func(b *testing.B) { // each call waits for the one before
		one := New("s", 1, 0)
		b.SetParallelism(4)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if one.Acquire(ctx, time.Hour) == nil {
					one.Release()
				}
			}
		})
	})
}
