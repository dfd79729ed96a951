package circuit

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestForceOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		before, _, _ := b.Acquire(time.Now())
		b.Force(ForcedOpen, time.Now())
		b.Report(before, Success, time.Now(), 0)
		time.Sleep(time.Hour)
		if _, wait, ok := b.Acquire(time.Now()); ok || wait != time.Minute {
			t.Errorf("got %v, %v, want a refusal for the cooldown, which never ends", ok, wait)
		}
		b.Force(Auto, time.Now())
		b.Report(before, Failure, time.Now(), 0)
		if got := play(b, "SSFS"); got != "SSF-" {
			t.Errorf("in auto again calls ran as %s, want SSF-", got)
		}
	})
}

// Without a cooldown, too: only an operator ends it.
func TestForceOpenWithoutCooldown(t *testing.T) {
	b := New("b", Config{Failures: 1})
	b.Force(ForcedOpen, time.Now())
	if _, wait, ok := b.Acquire(time.Now()); ok || wait != 0 || b.State() != Open {
		t.Errorf("got %v, %v, and it is %v", ok, wait, b.State())
	}
}

func TestForceClosed(t *testing.T) {
	for name, config := range map[string]Config{
		"failures": {Failures: 1, Cooldown: time.Minute},
		"rate":     {Rate: 0.5, Window: 2, Cooldown: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New("b", config)
				play(b, "FF")
				b.Force(ForcedClosed, time.Now())
				if got := play(b, "FFFFF"); got != "FFFFF" {
					t.Errorf("calls ran as %s, want all", got)
				}
				during, _, _ := b.Acquire(time.Now())
				b.Force(Auto, time.Now())
				b.Report(during, Failure, time.Now(), 0)
				if s := b.Snapshot(time.Now()); s.State != Closed || s.Failures != 0 || len(s.Window) != 0 {
					t.Errorf("in auto again: %+v, want closed with nothing counted", s)
				}
				if got := play(b, "FFF"); b.State() != Open {
					t.Errorf("calls ran as %s, want it to open", got)
				}
			})
		})
	}
}

// Forcing a half-open breaker frees its probes: those that are out say nothing any more.
func TestForceHalfOpen(t *testing.T) {
	for _, mode := range []Mode{ForcedClosed, ForcedOpen} {
		synctest.Test(t, func(t *testing.T) {
			b := New("b", Config{Failures: 1, Cooldown: time.Minute})
			play(b, "F")
			time.Sleep(time.Minute)
			probe, _, _ := b.Acquire(time.Now())
			b.Force(mode, time.Now())
			b.Force(Auto, time.Now())
			b.Report(probe, Failure, time.Now(), 0)
			if s := b.Snapshot(time.Now()); s.State != Closed || s.Probing != 0 || s.Failures != 0 {
				t.Errorf("%v: %+v", mode, s)
			}
		})
	}
}

// A mode that is set already is no reset: an open breaker in auto stays open when somebody asks for
// auto.
func TestForceSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		play(b, "F")
		b.Force(Auto, time.Now())
		if b.State() != Open {
			t.Error("it is closed")
		}
		b.Force(ForcedOpen, time.Now())
		b.Force(ForcedOpen, time.Now())
		if b.Opened() != 1 {
			t.Errorf("opened %d times, want once: it was open when it was forced", b.Opened())
		}
	})
}

func TestForceTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		got := record(t)
		begin := time.Now()
		b.Force(ForcedClosed, begin) // shows the same state: no change
		b.Force(ForcedOpen, begin)
		b.Force(Auto, begin)
		play(b, "F")
		b.Force(ForcedOpen, begin) // the same state again
		b.Force(ForcedClosed, begin)
		want := []Change{
			{Breaker: "b", From: Closed, To: Open, Forced: true, At: begin},
			{Breaker: "b", From: Open, To: Closed, At: begin},
			{Breaker: "b", From: Closed, To: Open, At: begin},
			{Breaker: "b", From: Open, To: Closed, Forced: true, At: begin},
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(diff)
		}
	})
}

// record collects changes until the test ends.
func record(t *testing.T) *[]Change {
	changes := new([]Change)
	t.Cleanup(Listen(func(c Change) { *changes = append(*changes, c) }))
	return changes
}

func TestReconfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 5, Cooldown: time.Hour})
		play(b, "FF")
		b.Reconfigure(Config{Failures: 3, Cooldown: time.Hour}, time.Now())
		if got := play(b, "FF"); got != "F-" {
			t.Errorf("calls ran as %s, want F-: three in a row", got)
		}
		b.Reconfigure(Config{Failures: 3, Cooldown: 10 * time.Second}, time.Now())
		if _, wait, _ := b.Acquire(time.Now()); wait != 9*time.Second {
			t.Errorf("wait is %v, want 9s of the new cooldown, which began when it opened", wait)
		}
		time.Sleep(9 * time.Second)
		if got := play(b, "SS"); got != "SS" {
			t.Errorf("after the new cooldown calls ran as %s", got)
		}
	})
}

// The window goes on where it counts the same, and begins again where it does not.
func TestReconfigureWindow(t *testing.T) {
	for _, c := range []struct {
		name      string
		from, to  Config
		wantCalls int // of three, in the window afterwards
	}{
		{"rate", Config{Rate: 0.9, Window: 4}, Config{Rate: 0.8, Window: 4}, 3},
		{"cooldown", Config{Rate: 0.9, Window: 4}, Config{Rate: 0.9, Window: 4, Cooldown: 1}, 3},
		{"size", Config{Rate: 0.9, Window: 4}, Config{Rate: 0.9, Window: 5}, 0},
		{"kind", Config{Rate: 0.9, Window: 4}, Config{Rate: 0.9, Period: time.Minute, Min: 5}, 0},
		{"min", Config{Rate: 0.9, Period: time.Minute, Min: 9}, Config{Rate: 0.9, Period: time.Minute, Min: 5}, 3},
		{"period", Config{Rate: 0.9, Period: time.Minute, Min: 9}, Config{Rate: 0.9, Period: time.Hour, Min: 9}, 0},
		{"slow", Config{Rate: 0.9, Window: 4}, Config{Rate: 0.9, Window: 4, Slow: time.Second}, 0},
		{"first", Config{Failures: 5}, Config{Rate: 0.9, Window: 4}, 0},
		{"none", Config{Rate: 0.9, Window: 4}, Config{Failures: 5}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := New("b", c.from)
			play(b, "SSF")
			b.Reconfigure(c.to, time.Now())
			var total Tally
			for _, tally := range b.Snapshot(time.Now()).Window {
				total.add(tally)
			}
			if total.Calls != c.wantCalls {
				t.Errorf("%s: %d calls are left, want %d", c.name, total.Calls, c.wantCalls)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 1, Period: time.Hour, Min: 9, Cooldown: time.Hour})
		play(b, "FF")
		b.Reconfigure(Config{Rate: 1, Period: time.Hour, Min: 3, Cooldown: time.Hour}, time.Now())
		if got := play(b, "FF"); got != "F-" {
			t.Errorf("with a smaller min calls ran as %s, want F-", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 5, Cooldown: time.Hour})
		b.Reconfigure(Config{Rate: 0.5, Window: 2, Cooldown: time.Hour}, time.Now())
		if got := play(b, "SFF"); got != "SF-" {
			t.Errorf("judged by rate now, calls ran as %s, want SF-: the quiet path must be off", got)
		}
	})
}

// A half-open breaker that needs fewer successes than it has had closes: all its permits were given
// out, so no call would come to close it.
func TestReconfigureProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute, Probes: 3})
		got := record(t)
		play(b, "F")
		time.Sleep(time.Minute)
		play(b, "SS")
		b.Reconfigure(Config{Failures: 1, Cooldown: time.Minute, Probes: 1}, time.Now())
		if b.State() != Closed || len(*got) != 3 {
			t.Errorf("it is %v after %d changes, want closed and three: open, half-open, closed", b.State(), len(*got))
		}
	})
}

func TestDurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Failures: 1, Cooldown: time.Minute})
		report := func(outcome Outcome) {
			permit, _, _ := b.Acquire(time.Now())
			b.Report(permit, outcome, time.Now(), 0)
		}
		time.Sleep(5 * time.Second)
		report(Failure)
		time.Sleep(70 * time.Second)
		permit, _, _ := b.Acquire(time.Now()) // half-open
		time.Sleep(2 * time.Second)
		b.Report(permit, Failure, time.Now(), 0)
		time.Sleep(time.Minute)
		report(Success)
		time.Sleep(3 * time.Second)
		b.Force(ForcedOpen, time.Now())
		time.Sleep(time.Hour)
		want := [3]time.Duration{Closed: 8 * time.Second, Open: time.Hour + 130*time.Second, HalfOpen: 2 * time.Second}
		if got := b.Durations(time.Now()); got != want {
			t.Errorf("durations are %v, want %v", got, want)
		}
		if b.Opened() != 2 {
			t.Errorf("opened %d times, want 2: the failed probe found it open", b.Opened())
		}
	})
}

func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{Failures: 2, Cooldown: time.Minute, Probes: 3, ProbeTimeout: time.Hour}
		b := New("pay", config)
		begin := time.Now()
		expect := func(want Snapshot) {
			t.Helper()
			want.Name, want.Config = "pay", config
			if diff := cmp.Diff(want, b.Snapshot(time.Now())); diff != "" {
				t.Error(diff)
			}
		}
		play(b, "F")
		expect(Snapshot{Since: begin, Failures: 1})
		play(b, "F")
		time.Sleep(9 * time.Second)
		expect(Snapshot{Since: begin.Add(time.Second), State: Open, Wait: 50 * time.Second, Opened: 1})
		time.Sleep(time.Hour)
		expect(Snapshot{Since: begin.Add(time.Second), State: Open, Opened: 1})
		half := time.Now()
		play(b, "S")
		b.Acquire(time.Now())
		expect(Snapshot{Since: half, State: HalfOpen, Probing: 1, Probed: 1, Opened: 1})
		b.Force(ForcedOpen, time.Now())
		expect(Snapshot{Since: time.Now(), State: Open, Mode: ForcedOpen, Wait: time.Minute, Opened: 1})
	})
}

func TestSnapshotWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 1, Window: 4, Slow: time.Second})
		play(b, "FSsfSF")
		want := []Tally{{1, 0, 1}, {1, 1, 1}, {1, 0, 0}, {1, 1, 0}}
		if diff := cmp.Diff(want, b.Snapshot(time.Now()).Window); diff != "" {
			t.Error(diff)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 1, Period: 20 * time.Second, Min: 50})
		play(b, "SF") // a second apart, as wide as a bucket
		play(b, "F")
		time.Sleep(7 * time.Second)
		got := b.Snapshot(time.Now()).Window
		want := make([]Tally, 20)
		want[9], want[10], want[11] = Tally{Calls: 1}, Tally{Calls: 1, Failures: 1}, Tally{Calls: 1, Failures: 1}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
