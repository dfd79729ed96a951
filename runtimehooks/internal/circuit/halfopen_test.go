package circuit

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHalfOpen(t *testing.T) {
	config := Config{Failures: 1, Cooldown: time.Minute, Probes: 2}
	slow := Config{Failures: 1, Slow: 2 * time.Second, Cooldown: time.Minute, Probes: 2}
	for _, c := range []struct {
		name   string
		config Config
		calls  string
		state  State
	}{
		{"one success is not enough", config, "S", HalfOpen},
		{"two close it", config, "SS", Closed},
		{"a failure opens it", config, "SF", Open},
		{"neutral gives the permit back", config, "NNNNSS", Closed},
		{"slow where nothing is slow", config, "ss", Closed},
		{"a slow success is a failure", slow, "Ss", Open},
		{"fast ones close it", slow, "SS", Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New("b", c.config)
				play(b, "F")
				time.Sleep(time.Minute)
				if got := play(b, c.calls); got != c.calls || b.State() != c.state {
					t.Errorf("calls %s ran as %s and left it %v, want %v", c.calls, got, b.State(), c.state)
				}
			})
		})
	}
}

// A success takes its place among the probes: no more calls go through than it takes to close.
func TestSuccessesAreProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute, Probes: 2})
		play(b, "F")
		time.Sleep(time.Minute)
		play(b, "S")
		second, _, ok := b.Acquire(time.Now())
		if _, _, third := b.Acquire(time.Now()); !ok || third {
			t.Errorf("the second got %v, the third %v, want two in all", ok, third)
		}
		b.Report(second, Success, time.Now(), 0)
		if b.State() != Closed {
			t.Errorf("it is %v after two successes", b.State())
		}
	})
}

// After closing, nothing from before counts.
func TestClosesWithEmptyWindow(t *testing.T) {
	for _, config := range []Config{
		{Failures: 2, Cooldown: time.Second},
		{Rate: 0.5, Window: 2, Cooldown: time.Second},
		{Rate: 0.5, Period: time.Hour, Min: 2, Cooldown: time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := New("b", config)
			play(b, "FF")
			time.Sleep(time.Second)
			if got := play(b, "SFF"); got != "SFF" || b.State() != Open {
				t.Errorf("%+v: calls ran as %s and left it %v, want SFF and open", config, got, b.State())
			}
		})
	}
}

func TestRefusalSaysHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		permit, _, _ := b.Acquire(time.Now())
		b.Report(permit, Failure, time.Now(), 0)
		time.Sleep(20 * time.Second)
		if permit, wait, ok := b.Acquire(time.Now()); ok || permit.Held() || wait != 40*time.Second {
			t.Errorf("got %v, %v, want a refusal for 40s", ok, wait)
		}
		time.Sleep(40 * time.Second)
		if permit, _, ok := b.Acquire(time.Now()); !ok || !permit.Held() {
			t.Error("refused after the cooldown")
		}
		if _, wait, ok := b.Acquire(time.Now()); ok || wait != time.Minute {
			t.Errorf("got %v, %v, want a refusal for a minute: the probe is out", ok, wait)
		}
	})
}

// Half-open lets exactly the probes through, however many ask at once. gowrap's admits 50 of 50.
func TestHerd(t *testing.T) {
	for _, probes := range []int{1, 2, 7} {
		b := New("b", Config{Failures: 1, Probes: probes})
		permit, _, _ := b.Acquire(time.Now())
		b.Report(permit, Failure, time.Now(), 0)
		var permits atomic.Int32
		var herd sync.WaitGroup
		begin := make(chan struct{})
		for range 50 {
			herd.Go(func() {
				<-begin
				if _, _, ok := b.Acquire(time.Now()); ok {
					permits.Add(1)
				}
			})
		}
		close(begin)
		herd.Wait()
		if int(permits.Load()) != probes {
			t.Errorf("%d of 50 got a permit, want %d", permits.Load(), probes)
		}
	}
}

// A result of a call from before the latest change of the state changes nothing.
func TestLateResults(t *testing.T) {
	for _, letter := range "SFNs" {
		synctest.Test(t, func(t *testing.T) {
			b := New("b", Config{Failures: 2, Slow: 2 * time.Second, Cooldown: time.Minute, Probes: 1})
			var late []Permit
			for range 3 {
				permit, _, _ := b.Acquire(time.Now())
				late = append(late, permit)
			}
			play(b, "FF")
			finish(b, late[0], letter)
			if b.State() != Open {
				t.Fatalf("late %c while open: it is %v", letter, b.State())
			}
			time.Sleep(time.Minute)
			probe, _, _ := b.Acquire(time.Now())
			finish(b, late[1], letter)
			if _, _, ok := b.Acquire(time.Now()); ok || b.State() != HalfOpen {
				t.Fatalf("late %c while half-open: it is %v, and another probe got %v", letter, b.State(), ok)
			}
			finish(b, probe, 'S')
			play(b, "F")
			finish(b, late[2], letter)
			if s := b.Snapshot(time.Now()); s.State != Closed || s.Failures != 1 {
				t.Errorf("late %c after closing: %v with %d failures, want closed with 1", letter, s.State, s.Failures)
			}
		})
	}
}
