package guard_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// A binding whose server is away fails at once, and other bindings do not.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t}
		breaker := policy("breaker", "failures", "3", "cooldown", "10s")
		p := s.open(map[string][]bindings.PolicyAspect{"carts": {breaker}, "orders": {breaker}, "plain": nil})
		carts, orders := store(t, p, "carts"), store(t, p, "orders")
		again := store(t, p, "carts") // who opens a binding a second time meets the same breaker
		s.next(down, down, fate{before: bindings.DeadlineExceeded})
		for range 3 {
			carts.Set(t.Context(), "k", 1)
		}
		for _, o := range []struct {
			name string
			err  error
		}{{"get", second(carts.Get(t.Context(), "k"))}, {"increment", second(again.Increment(t.Context(), "k", 1))}} {
			after, _ := errors.AsType[*runtimehooks.OpenError](o.err)
			if bindings.Code(o.err) != bindings.Unavailable || !errors.Is(o.err, runtimehooks.ErrOpen) || after == nil || after.RetryAfter() != 10*time.Second {
				t.Errorf("%s is %v, want that the breaker is open", o.name, o.err)
			}
		}
		if s.count() != 3 {
			t.Errorf("the provider was called %d times, want 3", s.count())
		}
		for _, name := range []string{"orders", "plain"} {
			if _, err := store(t, p, name).Get(t.Context(), "k"); bindings.Code(err) != bindings.NotFound {
				t.Errorf("%s is %v", name, err)
			}
		}
		time.Sleep(10 * time.Second)
		if _, err := carts.Set(t.Context(), "k", 1); err != nil {
			t.Errorf("after the cooldown: %v", err)
		}
		_ = orders
	})
}

func second[T any](_ T, err error) error { return err }

// Answers that say no are those of a server that works, and do not open the breaker; neither does a
// caller that gives up.
func TestBreakerIgnoresAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, policy("breaker", "failures", "1"))
		for _, code := range []bindings.ErrorCode{bindings.NotFound, bindings.FailedPrecondition, bindings.AlreadyExists, bindings.PermissionDenied} {
			s.next(fate{before: bindings.Errorf(code, "no")})
			o.Get(t.Context(), "k")
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.next(fate{takes: time.Hour})
		time.AfterFunc(time.Second, cancel)
		if _, err := o.Get(ctx, "k"); bindings.Code(err) != bindings.Canceled || s.count() != 1 {
			t.Errorf("canceled get is %v after %d calls", err, s.count())
		}
		if _, err := o.Set(t.Context(), "k", 1); err != nil {
			t.Errorf("set is %v, want that the breaker is closed", err)
		}
	})
}

// Callers in a hurry do not open the breaker that they share with those who have time; a server
// that hangs does.
func TestBreakerIgnoresImpatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, policy("breaker", "failures", "3"))
		within := func(d time.Duration, f fate) {
			for range 5 {
				ctx, cancel := context.WithTimeout(t.Context(), d)
				s.next(f)
				o.Get(ctx, "k")
				cancel()
			}
		}
		s.next(fate{slow: 30 * time.Millisecond})
		o.Get(t.Context(), "k") // not found: a server that works
		s.next(fate{slow: 30 * time.Millisecond})
		if _, err := o.Set(t.Context(), "k", 1); err != nil {
			t.Fatal(err)
		}
		within(-time.Second, fate{takes: time.Hour})
		within(10*time.Millisecond, fate{takes: time.Hour})
		if _, err := o.Get(t.Context(), "k"); err != nil {
			t.Errorf("get of a caller with time: %v", err)
		}
		within(100*time.Millisecond, fate{takes: time.Hour})
		if _, err := o.Get(t.Context(), "k"); !errors.Is(err, runtimehooks.ErrOpen) {
			t.Errorf("after a server has hung: %v", err)
		}
	})
}

// A timeout bounds the operation with all its attempts, and differs from the provider's own
// failure.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, policy("timeout", "", "1s"), retries("attempts", "10", "initial", "300ms", "factor", "1"))
		for name, fates := range map[string][]fate{
			"slow":         {{takes: time.Hour}},
			"heeds no end": {{slow: 2 * time.Second}},
			"fails":        {down, down, down, down, {takes: time.Hour}},
		} {
			s.next(fates...)
			start := time.Now()
			_, err := o.Get(t.Context(), "k")
			took := time.Since(start)
			switch {
			case name == "fails": // another attempt would begin too late, and is not waited for
				if bindings.Code(err) != bindings.Unavailable || s.count() != 4 || took != 900*time.Millisecond {
					t.Errorf("%s: error %v after %d calls and %v", name, err, s.count(), took)
				}
			case bindings.Code(err) != bindings.DeadlineExceeded || !errors.Is(err, runtimehooks.ErrTimeout) || s.count() != 1 || took > 2*time.Second:
				t.Errorf("%s: error %v after %d calls and %v", name, err, s.count(), took)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		s.next(fate{takes: time.Hour})
		if _, err := o.Get(ctx, "k"); bindings.Code(err) != bindings.DeadlineExceeded || errors.Is(err, runtimehooks.ErrTimeout) {
			t.Errorf("the caller's deadline is %v", err)
		}
	})
}

// An attempt that hangs is cut short, and the next one answers.
func TestEachAttemptHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, retries("initial", "0s", "each", "100ms"))
		o.Set(t.Context(), "k", 1)
		s.next(fate{takes: time.Hour}, fate{takes: time.Hour})
		start := time.Now()
		if n, err := o.Get(t.Context(), "k"); n != 1 || err != nil || s.count() != 3 || time.Since(start) != 200*time.Millisecond {
			t.Errorf("get is %d, %v after %d calls and %v", n, err, s.count(), time.Since(start))
		}
	})
}

// A watch lives longer than the timeout of opening it, and takes no slot.
func TestWatchOutlivesPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, o := carts(t, policy("timeout", "", "1s"), policy("bulkhead", "", "1"))
		w, err := o.Watch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Stop()
		time.Sleep(time.Hour)
		if _, err := o.Set(t.Context(), "k", 1); err != nil {
			t.Fatal(err)
		}
		if e, err := w.Next(t.Context()); err != nil || e.Key != "k" {
			t.Errorf("change is %v, %v", e, err)
		}
	})
}

// The operations of a binding share its slots; one that finds none has done nothing, and may be
// tried again.
func TestBulkhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t}
		p := s.open(map[string][]bindings.PolicyAspect{"carts": {policy("bulkhead", "", "2")}, "orders": {policy("bulkhead", "", "2"), retries("initial", "1s")}})
		for _, name := range []string{"carts", "orders"} {
			o, hold := store(t, p, name), make(chan struct{})
			s.next(fate{hold: hold}, fate{hold: hold})
			for range 2 {
				go o.Increment(context.Background(), "n", 1)
			}
			synctest.Wait()
			if name == "orders" {
				time.AfterFunc(1500*time.Millisecond, func() { close(hold) })
			}
			_, err := o.Increment(t.Context(), "n", 1)
			if name == "carts" {
				if bindings.Code(err) != bindings.ResourceExhausted || !errors.Is(err, runtimehooks.ErrFull) || s.count() != 2 {
					t.Errorf("with no slot: error %v after %d calls", err, s.count())
				}
				close(hold)
			} else if err != nil || s.count() != 3 {
				t.Errorf("a refused increment that is tried again is %v after %d calls", err, s.count())
			}
			synctest.Wait()
		}
	})
}

// A limit counts operations, not attempts.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, policy("limit", "", "2/s"), retries("initial", "0s"))
		o.Set(t.Context(), "k", 1)
		s.next(down, down)
		if _, err := o.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		_, err := o.Get(t.Context(), "k")
		after, _ := errors.AsType[*runtimehooks.LimitedError](err)
		if bindings.Code(err) != bindings.ResourceExhausted || !errors.Is(err, runtimehooks.ErrLimited) || after == nil || s.count() != 3 {
			t.Errorf("error %v after %d calls", err, s.count())
		}
		time.Sleep(500 * time.Millisecond)
		if _, err := o.Get(t.Context(), "k"); err != nil {
			t.Error(err)
		}
	})
}

// A panic of a provider goes on, and leaves neither a slot nor a permit behind.
func TestPanic(t *testing.T) {
	g, err := guard.New("panics", []bindings.PolicyAspect{policy("bulkhead", "", "1"), policy("breaker", "failures", "2"), retries()})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if v := recover(); v != "provider" {
				t.Errorf("panic is %v", v)
			}
		}()
		g.Run(t.Context(), guard.Repeatable, func(context.Context) error { panic("provider") })
	}()
	if err := g.Run(t.Context(), guard.Repeatable, func(context.Context) error { return nil }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The site of a binding is shown and overridden by its name, from when it is opened until its
// platform closes.
func TestLivePolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := carts(t, retries("initial", "0s"), policy("timeout", "", "1s"))
		state := siteState(t, "bindings.carts")
		if state.Name != "carts" || !slices.Equal(state.Stacks, []string{"bindings"}) {
			t.Errorf("site is %+v", state)
		}
		set := func(o runtimehooks.Overrides) {
			if err := runtimehooks.Policies().Override(o); err != nil {
				t.Fatal(err)
			}
		}
		defer set(runtimehooks.Overrides{})
		for _, c := range []struct {
			overrides runtimehooks.Overrides
			calls     int
		}{
			{runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{"bindings.carts": {"retry": {"attempts": "5"}}}}, 5},
			{runtimehooks.Overrides{Stacks: map[string]runtimehooks.AspectOverrides{"bindings": {"retry": {"enabled": "false"}}}}, 1},
			{runtimehooks.Overrides{}, 3},
		} {
			set(c.overrides)
			s.next(slices.Repeat([]fate{down}, 10)...)
			if _, err := o.Get(t.Context(), "k"); bindings.Code(err) != bindings.Unavailable || s.count() != c.calls {
				t.Errorf("%v: error %v after %d calls, want %d", c.overrides, err, s.count(), c.calls)
			}
		}
		if state := siteState(t, "bindings.carts"); state.Calls != 3 || state.Failures != 3 {
			t.Errorf("%d calls, %d failures", state.Calls, state.Failures)
		}
	})
	for _, s := range runtimehooks.Policies().Sites() {
		t.Errorf("%s is left, and its platform is closed", s.Function)
	}
}

func siteState(t *testing.T, function string) runtimehooks.SiteState {
	t.Helper()
	for _, s := range runtimehooks.Policies().Sites() {
		if s.Function == function {
			return s
		}
	}
	t.Fatalf("there is no site %s", function)
	return runtimehooks.SiteState{}
}
