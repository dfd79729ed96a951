package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

// Times of both clocks can be compared: woven code measures with the one, its caller may have read
// the other.
func TestNow(t *testing.T) {
	before := time.Now()
	now := Now()
	after := time.Now()
	if now.Before(before) || now.After(after) {
		t.Errorf("%v, want a time from %v to %v", now, before, after)
	}
}

// In a bubble of synctest the time is the bubble's.
func TestNowBubbled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := Now()
		time.Sleep(time.Hour)
		if got := time.Since(start); got != time.Hour {
			t.Errorf("%v by time.Since, want an hour", got)
		}
		if got := Now().Sub(start); got != time.Hour {
			t.Errorf("%v by Sub, want an hour", got)
		}
		if got := time.Now().Add(time.Minute).Sub(Now()); got != time.Minute {
			t.Errorf("%v to a deadline, want a minute", got)
		}
	})
}

func BenchmarkNow(b *testing.B) {
	b.Run("by=clock", func(b *testing.B) {
		for b.Loop() {
			Now()
		}
	})
	b.Run("by=time", func(b *testing.B) {
		for b.Loop() {
			time.Now()
		}
	})
}
