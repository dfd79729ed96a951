package ratelimit

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// The same arrivals are admitted as by golang.org/x/time/rate, and the same waits are reported,
// whatever pace and whatever is changed meanwhile.
func TestAgainstOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		events, per, burst := 1+random.IntN(1000), []time.Duration{time.Second, time.Minute, time.Hour}[random.IntN(3)], 1+random.IntN(50)
		every := func() rate.Limit { return rate.Every(time.Duration(math.Round(float64(per) / float64(events)))) }
		now := time.Now()
		ours, theirs := New("l", events, per, burst), rate.NewLimiter(every(), burst)
		mean := float64(per) / float64(events) * (0.3 + random.Float64())
		admitted := 0
		for i := range 500 {
			if random.IntN(20) == 0 {
				now = now.Add(time.Duration(mean * 40)) // a pause, in which the bucket fills
			}
			now = now.Add(time.Duration(random.ExpFloat64() * mean))
			if random.IntN(100) == 0 {
				events, burst = 1+random.IntN(1000), 1+random.IntN(50)
				ours.Set(events, per, burst, now)
				theirs.SetLimitAt(now, every())
				theirs.SetBurstAt(now, burst)
			}
			wait, ok := ours.Take(now)
			r := theirs.ReserveN(now, 1)
			want := r.DelayFrom(now)
			if want > 0 {
				r.CancelAt(now)
			}
			if off := (wait - want).Abs(); off > time.Microsecond || ok != (want == 0) && off > 10 {
				t.Fatalf("%d per %v, burst %d, arrival %d: got %v, %v, want %v", events, per, burst, i, ok, wait, want)
			}
			if ok != (want == 0) {
				break // it came within nanoseconds of its token, which floating point tells otherwise
			}
			if ok {
				admitted++
			}
			if a, b := ours.Snapshot(now).Tokens, theirs.TokensAt(now); math.Abs(a-b) > 1e-3 {
				t.Fatalf("%d per %v, burst %d, arrival %d: %v tokens, want %v", events, per, burst, i, a, b)
			}
		}
		if admitted == 0 {
			t.Errorf("%d per %v, burst %d: none was admitted", events, per, burst)
		}
	}
}

func TestTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 10, time.Second, 3)
		expect := func(want ...time.Duration) {
			t.Helper()
			for i, w := range want {
				if wait, ok := l.Take(time.Now()); wait != w || ok != (w == 0) {
					t.Errorf("call %d: got %v, %v, want a wait of %v", i, wait, ok, w)
				}
			}
		}
		expect(0, 0, 0, 100*time.Millisecond, 100*time.Millisecond)
		time.Sleep(30 * time.Millisecond)
		expect(70 * time.Millisecond)
		time.Sleep(70 * time.Millisecond)
		expect(0, 100*time.Millisecond)
		time.Sleep(time.Hour)
		expect(0, 0, 0, 100*time.Millisecond)
	})
}

// However many ask at once, exactly the burst begins.
func TestTakeConcurrently(t *testing.T) {
	l := New("l", 1, time.Hour, 500)
	now := time.Now()
	var admitted atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 100 {
				if _, ok := l.Take(now); ok {
					admitted.Add(1)
				}
			}
		})
	}
	all.Wait()
	if admitted.Load() != 500 {
		t.Errorf("%d began, want the burst of 500", admitted.Load())
	}
}

// A clock that another goroutine has read a moment earlier takes nothing away, and gives nothing.
func TestTimesInAnyOrder(t *testing.T) {
	l := New("l", 1, time.Second, 1)
	now := time.Now()
	l.Take(now)
	if wait, ok := l.Take(now.Add(-time.Millisecond)); ok || wait != time.Second+time.Millisecond {
		t.Errorf("got %v, %v", wait, ok)
	}
	if wait, ok := l.Take(time.Time{}); ok || wait <= time.Second {
		t.Errorf("no time at all: got %v, %v", wait, ok)
	}
	if _, ok := l.Take(now.Add(time.Second)); !ok {
		t.Error("refused after a second")
	}
}

func TestExtremes(t *testing.T) {
	now := time.Now()
	for _, l := range []*Limiter{
		New("nothing", 0, 0, 0), New("less", -1, -1, -1), New("fast", math.MaxInt, time.Nanosecond, math.MaxInt),
		New("slow", 1, math.MaxInt64, math.MaxInt), New("slow", 1, math.MaxInt64, 1),
	} {
		if wait, ok := l.Take(now); !ok {
			t.Errorf("%+v: refused for %v", l.Snapshot(now), wait)
		}
		if wait, ok := l.Take(now); wait < 0 || ok != (wait == 0) {
			t.Errorf("%+v: got %v, %v", l.Snapshot(now), wait, ok)
		}
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 1, time.Second, 1)
		begin := time.Now()
		wait := func(ctx context.Context, most time.Duration) (after time.Duration, retryAfter time.Duration, err error) {
			begin := time.Now()
			retryAfter, err = l.Wait(ctx, begin, most)
			return time.Since(begin), retryAfter, err
		}
		if after, _, err := wait(t.Context(), 0); after != 0 || err != nil {
			t.Errorf("a token is there: %v after %v", err, after)
		}
		if after, retry, err := wait(t.Context(), 999*time.Millisecond); after != 0 || retry != time.Second || err != ErrLimited {
			t.Errorf("got %v for %v after %v, want a refusal at once: it would take longer", err, retry, after)
		}
		if after, _, err := wait(t.Context(), time.Second); after != time.Second || err != nil {
			t.Errorf("%v after %v, want a token after 1s", err, after)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if after, retry, err := wait(short, time.Hour); after != 0 || retry != time.Second || err != ErrLimited {
			t.Errorf("got %v for %v after %v, want a refusal at once: the context ends then", err, retry, after)
		}
		long, cancel := context.WithTimeout(t.Context(), 1001*time.Millisecond)
		defer cancel()
		if after, _, err := wait(long, time.Hour); after != time.Second || err != nil {
			t.Errorf("%v after %v, want a token after 1s", err, after)
		}
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("three tokens took %v, want 2s: refusals take none", took)
		}
	})
}

// A context that has ended waits for nothing, but does not keep from a token that is there.
func TestWaitEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for _, c := range []struct {
			ctx  context.Context
			want error
		}{{canceled, context.Canceled}, {expired, ErrLimited}} {
			l := New("l", 1, time.Second, 1)
			if _, err := l.Wait(c.ctx, time.Now(), time.Hour); err != nil {
				t.Errorf("a token is there: %v", err)
			}
			if _, err := l.Wait(c.ctx, time.Now(), time.Hour); err != c.want {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if got := l.Snapshot(time.Now()).Tokens; got != 0 {
				t.Errorf("%v tokens, want 0", got)
			}
		}
	})
}

// Callers that wait get tokens in the order in which they came, at the pace; one that leaves gives
// its token back.
func TestWaitersInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 1, time.Second, 1)
		l.Take(time.Now())
		begin := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		took := make([]time.Duration, 5)
		errs := make([]error, 5)
		for i := range 5 {
			go func() {
				c := t.Context()
				if i == 4 {
					c = ctx
				}
				_, errs[i] = l.Wait(c, time.Now(), 5*time.Second)
				took[i] = time.Since(begin)
			}()
			synctest.Wait()
		}
		if retry, err := l.Wait(t.Context(), time.Now(), 5*time.Second); err != ErrLimited || retry != 6*time.Second {
			t.Errorf("the sixth got %v for %v, want a refusal for 6s", err, retry)
		}
		if got := l.Snapshot(time.Now()).Tokens; got != -5 {
			t.Errorf("%v tokens, want -5: so many wait", got)
		}
		time.Sleep(500 * time.Millisecond)
		cancel()
		synctest.Wait()
		if errs[4] != context.Canceled || took[4] != 500*time.Millisecond {
			t.Errorf("the leaver got %v after %v", errs[4], took[4])
		}
		if _, err := l.Wait(t.Context(), time.Now(), 5*time.Second); err != nil || time.Since(begin) != 5*time.Second {
			t.Errorf("the next one got %v after %v, want the leaver's token after 5s", err, time.Since(begin))
		}
		synctest.Wait()
		for i, want := range []time.Duration{1, 2, 3, 4} {
			if errs[i] != nil || took[i] != want*time.Second {
				t.Errorf("%d got %v after %v, want %ds", i, errs[i], took[i], want)
			}
		}
	})
}

// The clock reading that a call has may be a moment old: it does not wait that moment twice.
func TestWaitFromAnOlderReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 1, time.Second, 1)
		l.Take(time.Now())
		begin := time.Now()
		time.Sleep(300 * time.Millisecond)
		if _, err := l.Wait(t.Context(), begin, time.Minute); err != nil || time.Since(begin) != time.Second {
			t.Errorf("%v after %v, want 1s", err, time.Since(begin))
		}
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 1, time.Minute, 10)
		for range 8 {
			l.Take(time.Now())
		}
		l.Set(10, time.Second, 5, time.Now())
		want := Snapshot{Name: "l", Tokens: 2, Burst: 5, Events: 10, Per: time.Second}
		if got := l.Snapshot(time.Now()); got != want {
			t.Errorf("got %+v, want %+v: tokens stay", got, want)
		}
		l.Take(time.Now())
		l.Take(time.Now())
		if wait, ok := l.Take(time.Now()); ok || wait != 100*time.Millisecond {
			t.Errorf("got %v, %v, want the new pace", wait, ok)
		}
		time.Sleep(time.Hour)
		l.Set(10, time.Second, 2, time.Now())
		if got := l.Snapshot(time.Now()).Tokens; got != 2 {
			t.Errorf("%v tokens, want those that fit", got)
		}
	})
}

// A token given back after the pace has changed is one token of the new pace.
func TestSetWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New("l", 1, time.Hour, 1)
		l.Take(time.Now())
		ctx, cancel := context.WithCancel(t.Context())
		go l.Wait(ctx, time.Now(), 10*time.Hour)
		synctest.Wait()
		l.Set(1, time.Second, 1, time.Now())
		cancel()
		synctest.Wait()
		if wait, ok := l.Take(time.Now()); ok || wait != time.Second {
			t.Errorf("got %v, %v, want a wait of 1s", wait, ok)
		}
	})
}

func TestNoAllocation(t *testing.T) {
	now, ctx := time.Now(), t.Context()
	for _, burst := range []int{1000, 1} {
		l := New("l", 1, time.Hour, burst)
		if n := testing.AllocsPerRun(100, func() { l.Take(now); l.Wait(ctx, now, 0) }); n != 0 {
			t.Errorf("burst %d: %v allocations", burst, n)
		}
	}
}
