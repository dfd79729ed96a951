package runtimehooks

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowLedger is a store that takes a second.
type slowLedger struct{ *ledger }

func (l slowLedger) CompareAndSwap(ctx context.Context, key string, old, v []byte, ttl time.Duration) (bool, error) {
	time.Sleep(time.Second)
	return l.ledger.CompareAndSwap(ctx, key, old, v, ttl)
}

// The time that a store takes to keep the results is the call's.
func TestSettleIsTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := record(t)
		site := idempotent()
		site.Metrics = &Metrics{}
		start := time.Now()
		once(t.Context(), site, slowLedger{newLedger()}, "k", func(context.Context) (*request, error) { return &request{}, nil })
		_, points := got.points(t)
		if took := time.Since(start).Seconds(); points[0].Sum != took {
			t.Errorf("recorded %v s, want %v s", points[0].Sum, took)
		}
	})
}

// A call that missed its deadline did so, whatever the fallback makes of it.
func TestTimeoutThatTheFallbackAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record(t)
		site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Fallback: &Fallback{}, Timeout: &Timeout{After: time.Second}}}
		func() (err error) {
			call := site.Call()
			ctx := call.Enter(t.Context())
			defer call.Exit(&err)
			for call.Next(&err) {
				<-ctx.Done()
				err = ctx.Err()
			}
			if call.Fallback(&err) {
				time.Sleep(time.Hour)
				err = nil
			}
			return
		}()
		if n := site.state.Load().tally.Timeout[1].Load(); n != 1 {
			t.Errorf("timed out %d, want 1", n)
		}
	})
}

// However an attempt with a deadline of its own ends, it was one.
func TestPanicOfAnAttemptIsCounted(t *testing.T) {
	record(t)
	site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Recover: &Recover{}, Retry: &Retry{Attempts: 2, Each: time.Second}}}
	attempts(t.Context(), site, func(context.Context) error { panic(1) })
	if n := site.state.Load().tally.Timeout[0].Load(); n != 1 {
		t.Errorf("attempts with a deadline %d, want 1", n)
	}
}

// A branch that leaves by runtime.Goexit is a call of the retry, and the hedged call is none of its
// own.
func TestExitOfABranchIsCounted(t *testing.T) {
	record(t)
	site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Hedge: &Hedge{Delay: time.Hour, Max: 2}, Retry: &Retry{Attempts: 2}}}
	call := site.Call()
	call.Enter(t.Context())
	err := call.Hedge(func(call *Call, ctx context.Context) (func(), error) {
		var err error
		for call.Next(&err) {
			runtime.Goexit()
		}
		return func() {}, err
	})
	call.Exit(&err)
	n := int64(0)
	for i := range site.state.Load().tally.Retry[0] {
		n += site.state.Load().tally.Retry[0][i].Load()
	}
	if n != 1 {
		t.Errorf("retry calls %d, want 1", n)
	}
}

// What is kept of an error is not all that a caller sent.
func TestKeptErrorsAreBounded(t *testing.T) {
	for text, want := range map[string]int{"short": 5, strings.Repeat("x", 1<<20): mostText, "x" + strings.Repeat("ä", 1<<20): mostText - 1} {
		if got := bounded(text); len(got) != want || !strings.HasPrefix(text, got) {
			t.Errorf("of %d bytes %d are kept, want %d", len(text), len(got), want)
		}
	}
}
