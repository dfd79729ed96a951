package circuit

import (
	"testing"
	"testing/synctest"
	"time"
)

// halfOpen returns a breaker whose first probe is out.
func halfOpen(config Config) (*Breaker, Permit) {
	b := New("b", config)
	play(b, "F")
	time.Sleep(config.Cooldown)
	probe, _, _ := b.Acquire(time.Now())
	return b, probe
}

// A probe that does not return makes room for another after the time for it, and its late outcome
// changes nothing.
func TestProbeIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name    string
		config  Config
		timeout time.Duration
	}{
		{"after the cooldown", Config{Failures: 1, Cooldown: time.Minute}, time.Minute},
		{"after a time of its own", Config{Failures: 1, Cooldown: time.Minute, ProbeTimeout: time.Second}, time.Second},
		{"without a cooldown", Config{Failures: 1}, time.Second},
	} {
		for _, late := range "SFNs" {
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b, lost := halfOpen(c.config)
					for elapsed := time.Duration(0); elapsed < c.timeout; elapsed += c.timeout / 4 {
						if _, wait, ok := b.Acquire(time.Now()); ok || wait != c.timeout-elapsed {
							t.Fatalf("after %v: %v, refused for %v", elapsed, ok, wait)
						}
						time.Sleep(c.timeout / 4)
					}
					second, _, ok := b.Acquire(time.Now())
					if !ok {
						t.Fatal("a probe that has not returned is not replaced")
					}
					if _, wait, ok := b.Acquire(time.Now()); ok || wait != c.timeout {
						t.Errorf("a third got %v, refused for %v", ok, wait)
					}
					finish(b, lost, late)
					if s := b.Snapshot(time.Now()); s.State != HalfOpen || s.Probing != 1 {
						t.Fatalf("late %c: it is %v with %d probes", late, s.State, s.Probing)
					}
					finish(b, second, 'S')
					if b.State() != Closed {
						t.Errorf("it is %v after the second probe's success", b.State())
					}
				})
			})
		}
	}
}

// Of several probes only those are replaced that have not returned.
func TestOneOfTheProbesIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lost := halfOpen(Config{Failures: 1, Cooldown: time.Minute, Probes: 3})
		time.Sleep(time.Second)
		if got := play(b, "S"); got != "S" {
			t.Fatal("the second probe is refused")
		}
		third, _, _ := b.Acquire(time.Now())
		time.Sleep(59 * time.Second)
		fourth, _, ok := b.Acquire(time.Now())
		if _, wait, fifth := b.Acquire(time.Now()); !ok || fifth || wait != time.Second {
			t.Fatalf("the fourth got %v, the fifth %v and %v", ok, fifth, wait)
		}
		finish(b, lost, 'F')
		finish(b, third, 'S')
		finish(b, fourth, 'S')
		if b.State() != Closed {
			t.Errorf("it is %v after three successes", b.State())
		}
	})
}

// Where calls take longer than probes may, callers that keep coming do not keep it half-open.
func TestSlowProbesCloseIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, probe := halfOpen(Config{Failures: 1, Cooldown: time.Second})
		call := func(p Permit, begin time.Time) {
			time.Sleep(3 * time.Second)
			b.Report(p, Success, time.Now(), time.Since(begin))
		}
		go call(probe, time.Now())
		begin := time.Now()
		for b.State() != Closed && time.Since(begin) < time.Minute {
			if p, _, ok := b.Acquire(time.Now()); ok {
				go call(p, time.Now())
			}
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it is %v after %v", b.State(), took)
		}
		time.Sleep(time.Minute)
	})
}

// What the caller did is counted apart, and changes nothing else.
func TestEndedIsCountedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 0.5, Window: 2, Cooldown: time.Minute})
		for range 5 {
			permit, _, _ := b.Acquire(time.Now())
			b.Report(permit, Ended, time.Now(), 0)
		}
		if s := b.Snapshot(time.Now()); s.State != Closed || s.Ended != 5 || len(s.Window) != 0 {
			t.Errorf("it is %+v", s)
		}
		play(b, "FF")
		time.Sleep(time.Minute)
		permit, _, _ := b.Acquire(time.Now())
		b.Report(permit, Ended, time.Now(), 0)
		if _, _, ok := b.Acquire(time.Now()); !ok || b.State() != HalfOpen {
			t.Error("a probe that its caller ended does not make room for the next")
		}
	})
}
