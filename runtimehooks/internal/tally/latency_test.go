package tally

import (
	"testing"
	"testing/quick"
	"time"
)

// A bucket holds the duration that it is found by, and is no wider than 1/16 of it.
func TestBuckets(t *testing.T) {
	check := func(n uint64) bool {
		d := time.Duration(n % uint64(30*time.Minute))
		u := upper(bucket(d))
		return u >= d && float64(u-d) <= float64(d)/parts && (d == 0 || bucket(d) >= bucket(d-1))
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 100000}); err != nil {
		t.Error(err)
	}
	if bucket(-1) != 0 || bucket(1<<62) != buckets-1 {
		t.Error("extremes have no bucket")
	}
}

func TestQuantiles(t *testing.T) {
	var l Latency
	for _, q := range l.Quantiles(0.5, 1) {
		if q != 0 {
			t.Errorf("quantile of nothing is %v", q)
		}
	}
	for ms := 1; ms <= 1000; ms++ {
		l.Add(time.Duration(ms) * time.Millisecond)
	}
	got := l.Quantiles(0.5, 0.9, 0.99)
	for i, want := range []time.Duration{500, 900, 990} {
		want *= time.Millisecond
		if got[i] < want || got[i] > want+want/parts+time.Millisecond {
			t.Errorf("quantile %d is %v, want about %v", i, got[i], want)
		}
	}
	if l.Max() != time.Second || l.Count() != 1000 {
		t.Errorf("longest of %d is %v", l.Count(), l.Max())
	}
}

// What looks at the longest durations first finds the same.
func TestFromTheLongest(t *testing.T) {
	check := func(durations []uint32, share uint8) bool {
		var l Latency
		for _, d := range durations {
			l.Add(time.Duration(d))
		}
		n, q := l.Count(), float64(share)/255
		return l.CountTo(n) == n && l.CountTo(n+1) == n && l.Quantile(q, n) == l.Quantiles(q)[0]
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}
