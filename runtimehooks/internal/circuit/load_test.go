package circuit

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// A permit is a value: one that nobody gave, or that is reported twice, does no more harm than a
// wrong count.
func TestNoPermit(t *testing.T) {
	for _, config := range []Config{{Failures: 1}, {Rate: 1, Window: 1}} {
		b := New("b", config)
		for _, outcome := range []Outcome{Success, Failure, Neutral} {
			b.Report(Permit{}, outcome, time.Now(), 0)
		}
		if b.State() != Closed {
			t.Errorf("%+v: results without a permit left it %v", config, b.State())
		}
	}
}

// Whatever 16 goroutines do, permits of a half-open breaker never exceed the probes and none is
// lost for good.
func TestConcurrentUse(t *testing.T) {
	for _, config := range []Config{
		{Failures: 2, Probes: 3}, {Rate: 0.5, Window: 5, Probes: 3}, {Rate: 0.5, Period: time.Millisecond, Min: 3, Slow: 1, SlowRate: 0.9},
	} {
		b := New("b", config)
		var all sync.WaitGroup
		for g := range 16 {
			all.Go(func() {
				for i := range 2000 {
					now := time.Now()
					if permit, _, ok := b.Acquire(now); ok {
						b.Report(permit, Outcome((g+i)%3), now, time.Duration(i%2))
					}
					switch {
					case g == 0 && i%50 == 0:
						b.Reconfigure(config, now)
						b.Durations(now)
						b.Opened()
					case g == 1 && i%50 == 0:
						b.Force(Mode(i/50%3), now)
					case g == 2 && i%50 == 0:
						if s := b.Snapshot(now); s.Probing < 0 || s.Probing+s.Probed > s.Config.Probes {
							t.Errorf("%+v", s)
						}
					}
				}
			})
		}
		all.Wait()
		b.Force(ForcedOpen, time.Now())
		b.Force(Auto, time.Now())
		for range 5 {
			if permit, _, ok := b.Acquire(time.Now()); !ok {
				t.Errorf("%+v: refused", config)
			} else {
				b.Report(permit, Success, time.Now(), 0)
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	now := time.Now()
	for _, config := range []Config{
		{Failures: 2, Cooldown: time.Hour},
		{Rate: 0.5, Window: 20, Cooldown: time.Hour},
		{Rate: 0.5, Period: time.Minute, Min: 5, Slow: time.Second, Cooldown: time.Hour},
	} {
		b := New("b", config)
		for _, outcome := range []Outcome{Success, Failure} { // closed, then open
			if n := testing.AllocsPerRun(100, func() {
				if permit, _, ok := b.Acquire(now); ok {
					b.Report(permit, outcome, now, time.Millisecond)
				}
			}); n != 0 {
				t.Errorf("%+v: %v allocations", config, n)
			}
		}
		if b.State() != Open {
			t.Errorf("%+v: it is %v, so refusals were not measured", config, b.State())
		}
	}
}

func BenchmarkCall(b *testing.B) {
	for name, config := range map[string]Config{
		"quiet": {Failures: 5}, "calls": {Rate: 0.5, Window: 20}, "period": {Rate: 0.5, Period: 30 * time.Second, Min: 20, Slow: time.Second},
	} {
		breaker := New("b", config)
		call := func() {
			now := time.Time{}
			permit, _, _ := breaker.Acquire(now)
			breaker.Report(permit, Success, now, time.Millisecond)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
		b.Run(fmt.Sprint(name, "/parallel"), func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call()
				}
			})
		})
	}
}
