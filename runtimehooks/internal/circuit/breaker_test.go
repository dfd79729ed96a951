package circuit

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// play has one call after another end as the letters say, a second apart: S succeeds, F fails, N is
// neutral, s succeeds slowly (3s), f fails slowly. A call that gets no permit is "-" in the
// returned text.
func play(b *Breaker, letters string) string {
	var got strings.Builder
	for _, letter := range letters {
		permit, _, ok := b.Acquire(time.Now())
		if !ok {
			got.WriteByte('-')
			continue
		}
		got.WriteRune(letter)
		finish(b, permit, letter)
		time.Sleep(time.Second)
	}
	return got.String()
}

func finish(b *Breaker, permit Permit, letter rune) {
	took := time.Millisecond
	if strings.ContainsRune("sf", letter) {
		took = 3 * time.Second
	}
	outcome := Success
	switch letter {
	case 'F', 'f':
		outcome = Failure
	case 'N':
		outcome = Neutral
	}
	b.Report(permit, outcome, time.Now(), took)
}

// One line each: what the calls do, and when the breaker opens. The windows of four are those of
// the MicroProfile kit.
func TestOpens(t *testing.T) {
	failures := Config{Failures: 3, Cooldown: time.Hour}
	rate := Config{Rate: 0.5, Window: 4, Cooldown: time.Hour}
	timed := Config{Rate: 0.5, Period: 20 * time.Second, Min: 4, Cooldown: time.Hour}
	slow := Config{Slow: 2 * time.Second, SlowRate: 0.5, Window: 4, Cooldown: time.Hour}
	both := Config{Rate: 0.75, Slow: 2 * time.Second, SlowRate: 0.5, Window: 4, Cooldown: time.Hour}
	slowOrFailures := Config{Failures: 3, Slow: 2 * time.Second, SlowRate: 0.5, Window: 8, Cooldown: time.Hour}
	for _, c := range []struct {
		name        string
		config      Config
		calls, want string
	}{
		{"consecutive", failures, "FFSFFFF", "FFSFFF-"},
		{"neutral is between nothing", failures, "FFNFF", "FFNF-"},
		{"no failures given are one", Config{Cooldown: time.Hour}, "SFF", "SF-"},
		{"rate on a full window only", rate, "FFSSS", "FFSS-"},
		{"rate, success first", rate, "SFFSS", "SFFS-"},
		{"rate, rolling", rate, "SFSSFF", "SFSSF-"},
		{"rate, judged at a success", rate, "FSSFS", "FSSF-"},
		{"rate, neutral does not fill it", rate, "FFNNSSS", "FFNNSS-"},
		{"rate, what left the window", rate, "FSSSSSSF", "FSSSSSSF"},
		{"rate of 1", Config{Rate: 1, Window: 3, Cooldown: time.Hour}, "FFSFFFF", "FFSFFF-"},
		{"rate by default of 20", Config{Rate: 1, Cooldown: time.Hour}, strings.Repeat("F", 22), strings.Repeat("F", 20) + "--"},
		{"rate replaces consecutive", Config{Failures: 1, Rate: 1, Window: 3, Cooldown: time.Hour}, "FFSFFFF", "FFSFFF-"},
		{"time, at least min", timed, "FFFFF", "FFFF-"},
		{"time, below the rate", timed, "FSSSFSSSFS", "FSSSFSSSFS"},
		{"time, no min is one", Config{Rate: 0.5, Period: time.Minute, Cooldown: time.Hour}, "SSFFF", "SSFF-"},
		{"slow successes", slow, "SSssS", "SSss-"},
		{"slow alone ignores failures", slow, "FFFFFFFF", "FFFFFFFF"},
		{"slow failures are slow", slow, "SSffS", "SSff-"},
		{"slow rate by default all", Config{Slow: 2 * time.Second, Window: 3, Cooldown: time.Hour}, "ssSsssS", "ssSsss-"},
		{"slow by default of 20", Config{Slow: 2 * time.Second, Cooldown: time.Hour}, strings.Repeat("s", 21), strings.Repeat("s", 20) + "-"},
		{"slow with rate: slow opens it", both, "SSssS", "SSss-"},
		{"slow with rate: failures open it", both, "FFFSS", "FFFS-"},
		{"slow with rate: neither", both, "FSsSFSsS", "FSsSFSsS"},
		{"slow with failures: failures open it", slowOrFailures, "FFSFFFF", "FFSFFF-"},
		{"slow with failures: slow opens it", slowOrFailures, "ssssSSSSS", "ssssSSSS-"},
		{"slow in time", Config{Slow: time.Second, SlowRate: 0.5, Period: time.Minute, Min: 4, Cooldown: time.Hour}, "SsSsS", "SsSs-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := play(New("b", c.config), c.calls); got != c.want {
					t.Errorf("calls %s ran as %s, want %s", c.calls, got, c.want)
				}
			})
		})
	}
}

// What is older than the period counts no more, however long ago.
func TestPeriodPasses(t *testing.T) {
	for _, pause := range []time.Duration{20 * time.Second, 21 * time.Second, 45 * time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b := New("b", Config{Rate: 0.5, Period: 20 * time.Second, Min: 4, Cooldown: time.Hour})
			play(b, "FFF")
			time.Sleep(pause)
			if got := play(b, "FSSFF"); got != "FSSF-" {
				t.Errorf("after %v calls ran as %s, want FSSF-", pause, got)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 0.5, Period: 20 * time.Second, Min: 4, Cooldown: time.Hour})
		play(b, "FFF")
		time.Sleep(14 * time.Second) // the first is 17s old
		if got := play(b, "FF"); got != "F-" {
			t.Errorf("within the period calls ran as %s, want F-", got)
		}
	})
}

// Calls read the clock before they have the lock, so times come in any order, and now and then one
// from before the window.
func TestPeriodTakesTimesInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New("b", Config{Rate: 1, Period: 20 * time.Second, Min: 3, Cooldown: time.Hour})
		now := time.Now()
		for _, at := range []time.Duration{time.Minute, 0, time.Minute - 5*time.Second} {
			permit, _, _ := b.Acquire(now)
			b.Report(permit, Failure, now.Add(at), 0)
		}
		if b.State() != Open {
			t.Error("three failures, want it open")
		}
	})
}
