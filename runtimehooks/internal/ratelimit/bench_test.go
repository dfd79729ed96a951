package ratelimit

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// allower is what both limiters are measured by.
type allower func(now time.Time) bool

// BenchmarkTake measures this limiter and rate.Limiter on the same two paths, with a clock that
// costs nothing.
func BenchmarkTake(b *testing.B) {
	now := time.Now()
	for _, path := range []struct {
		name  string
		burst int
	}{{"allowed", 1 << 40}, {"refused", 1}} {
		ours := New("l", 1, time.Hour, path.burst)
		if path.burst > 1 { // so long a burst needs a short token
			ours = New("l", 1_000_000_000, time.Second, path.burst)
		}
		theirs := rate.NewLimiter(rate.Every(time.Hour), path.burst)
		for _, l := range []struct {
			name string
			take allower
		}{
			{"gcra", func(now time.Time) bool { _, ok := ours.Take(now); return ok }},
			{"x-time-rate", func(now time.Time) bool { return theirs.AllowN(now, 1) }},
		} {
			b.Run(fmt.Sprintf("%s/%s", path.name, l.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l.take(now)
				}
			})
			b.Run(fmt.Sprintf("%s/%s/parallel", path.name, l.name), func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						l.take(now)
					}
				})
			})
		}
	}
}

func BenchmarkKeyed(b *testing.B) {
	keys := make([]string, 2*Keys)
	for i := range keys {
		keys[i] = fmt.Sprint("tenant ", i)
	}
	now := time.Now()
	for name, n := range map[string]int{"hit": 256, "miss": len(keys)} {
		k := NewKeyed("l", 1, time.Hour, 1)
		for i := range n { // all buckets are empty, the dearest to drop
			k.Get(textKey(keys[i])).Take(now)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k.Get(textKey(keys[i%n])).Take(now)
			}
		})
	}
}
