package tally

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A bucket of Latency is a sixteenth of a power of two, so that a quantile is at most 6 % off.
const (
	parts   = 16
	buckets = 38 * parts // up to 2^41 ns, half an hour; longer ones are in the last bucket
)

// Latency is a histogram of durations.
type Latency struct {
	counts  [buckets]atomic.Int64
	longest atomic.Int64 // nanoseconds
}

// Add counts a duration.
func (l *Latency) Add(d time.Duration) {
	l.counts[bucket(d)].Add(1)
	for {
		longest := l.longest.Load()
		if int64(d) <= longest || l.longest.CompareAndSwap(longest, int64(d)) {
			return
		}
	}
}

// bucket returns the index of the bucket that d is counted in. The first 16 are of 1 ns each.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < parts {
		return int(n)
	}
	exponent := bits.Len64(n) - 5 // of the width of the bucket: n has 5 significant bits
	return min((exponent+1)*parts+int(n>>exponent)-parts, buckets-1)
}

// upper returns the longest duration of a bucket.
func upper(bucket int) time.Duration {
	if bucket < parts {
		return time.Duration(bucket)
	}
	exponent := bucket/parts - 1
	return time.Duration((int64(bucket%parts)+parts+1)<<exponent - 1)
}

// Count returns how many durations have been counted.
func (l *Latency) Count() int64 {
	var n int64
	for i := range l.counts {
		n += l.counts[i].Load()
	}
	return n
}

// CountTo is Count where at most so many durations can have been counted. It looks at the longest
// first, and no further once it has them all.
func (l *Latency) CountTo(most int64) int64 {
	var n int64
	for i := bucket(l.Max()); i >= 0 && n < most; i-- {
		n += l.counts[i].Load()
	}
	return n
}

// Max returns the longest duration.
func (l *Latency) Max() time.Duration { return time.Duration(l.longest.Load()) }

// Quantile is Quantiles for one share, where total durations have been counted. It looks at the
// longest first: a high share is soon found.
func (l *Latency) Quantile(share float64, total int64) time.Duration {
	if total == 0 {
		return 0
	}
	i, below := bucket(l.Max()), total
	for ; i > 0; i-- {
		if below -= l.counts[i].Load(); float64(below) < share*float64(total) {
			break
		}
	}
	return min(upper(i), l.Max())
}

// Quantiles returns the durations below which the given shares are, in ascending order; zeros if
// nothing was counted.
func (l *Latency) Quantiles(shares ...float64) []time.Duration {
	list := make([]time.Duration, len(shares))
	total := l.Count()
	var below int64
	next := 0
	for i := 0; i < buckets && next < len(shares); i++ {
		below += l.counts[i].Load()
		for next < len(shares) && total > 0 && float64(below) >= shares[next]*float64(total) {
			list[next] = min(upper(i), l.Max())
			next++
		}
	}
	return list
}

// without returns the duration below which a share of the durations are that other, which may be
// nil, has not counted.
func (l *Latency) without(other *Latency, share float64) time.Duration {
	var counts [buckets]int64
	var total, below int64
	for i := range l.counts {
		counts[i] = l.counts[i].Load()
		if other != nil {
			counts[i] = max(counts[i]-other.counts[i].Load(), 0)
		}
		total += counts[i]
	}
	for i, n := range counts {
		if below += n; total > 0 && float64(below) >= share*float64(total) {
			return upper(i)
		}
	}
	return 0
}
