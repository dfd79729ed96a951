package runtimehooks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// gated calls body as a function woven with limit, authz, validate and timeout does.
func gated(ctx context.Context, site *Site, key Key, verdict error, body func(context.Context) error) (err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, key) {
		return
	}
	if !call.Authorize(&err, verdict) {
		return
	}
	if !call.Validate(&err, verdict) {
		return
	}
	ctx = call.Start(ctx)
	if !call.Allow(&err) {
		return
	}
	return body(ctx)
}

func TestLimitRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Limit: &Limit{Rate: 10, Per: time.Second, Burst: 2}}}
		for i, want := range []error{nil, nil, ErrLimited} {
			if err := gated(t.Context(), site, Key{}, nil, succeed); !errors.Is(err, want) {
				t.Errorf("call %d: error is %v, want %v", i, err, want)
			}
		}
		limited, ok := errors.AsType[*LimitedError](gated(t.Context(), site, Key{}, nil, succeed))
		if !ok || limited.RetryAfter() != 100*time.Millisecond || limited.Site != function {
			t.Errorf("error is %#v, want one to be tried again in 100ms", limited)
		}
		time.Sleep(100 * time.Millisecond)
		if err := gated(t.Context(), site, Key{}, nil, succeed); err != nil {
			t.Errorf("after its RetryAfter: %v", err)
		}
	})
}

// One key's calls do not take from another's.
func TestLimitOfKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Limit: &Limit{Rate: 1, Per: time.Second, Burst: 1}}}
		for _, key := range []Key{Key{}.Text("a"), Key{}.Text("b"), Key{}.Text("").Text(""), Key{}.Int(0), Key{}.Value("a"), {}} {
			if err := gated(t.Context(), site, key, nil, succeed); err != nil {
				t.Errorf("key %#v: %v", key, err)
			}
			if err := gated(t.Context(), site, key, nil, succeed); !errors.Is(err, ErrLimited) {
				t.Errorf("key %#v, again: error is %v, want ErrLimited", key, err)
			}
		}
	})
}

// The time that a call waits for its turn is not the body's.
func TestTimeoutBeginsAfterLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Timeout: &Timeout{After: time.Second}, Limit: &Limit{Rate: 1, Per: time.Minute, Burst: 1, Wait: time.Hour}}}
		start := time.Now()
		for range 2 {
			err := gated(t.Context(), site, Key{}, nil, func(ctx context.Context) error {
				if left, ok := ctx.Deadline(); !ok || time.Until(left) != time.Second {
					t.Errorf("the body has %v, want 1s", time.Until(left))
				}
				time.Sleep(900 * time.Millisecond)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != time.Minute+900*time.Millisecond {
			t.Errorf("two calls took %v", took)
		}
		err := gated(t.Context(), site, Key{}, nil, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if !errors.Is(err, ErrTimeout) {
			t.Errorf("error is %v, want ErrTimeout", err)
		}
	})
}

// A caller whose deadline comes before its turn is not made to wait for it; one that is cancelled
// gets its own error.
func TestLimitHeedsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Limit: &Limit{Rate: 1, Per: time.Minute, Burst: 1, Wait: time.Hour}}}
		gated(t.Context(), site, Key{}, nil, succeed)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := gated(ctx, site, Key{}, nil, succeed); !errors.Is(err, ErrLimited) || time.Since(start) != 0 {
			t.Errorf("error is %v after %v, want ErrLimited at once", err, time.Since(start))
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := gated(ctx, site, Key{}, nil, succeed); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("error is %v after %v, want context.Canceled after 1s", err, time.Since(start))
		}
	})
}

func TestVerdicts(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Authz: &Authz{}, Validate: &Validate{}}}
	ran := false
	body := func(context.Context) error { ran = true; return nil }
	err := gated(t.Context(), site, Key{}, errFatal, body)
	if !errors.Is(err, ErrDenied) || !errors.Is(err, errFatal) || ran {
		t.Errorf("error is %v, body ran: %v", err, ran)
	}
	call := site.Call()
	if call.Validate(&err, errBusy) || !errors.Is(err, ErrInvalid) || !errors.Is(err, errBusy) {
		t.Errorf("error is %v", err)
	}
}

// Switching telemetry off must not let everybody in.
func TestVerdictsWhileOff(t *testing.T) {
	defer process.SetOff(true)()
	site := &Site{Function: function, Aspects: Aspects{Authz: &Authz{}, Limit: &Limit{Rate: 1, Per: time.Hour, Burst: 1}, Timeout: &Timeout{After: time.Second}}}
	for range 3 {
		if err := gated(t.Context(), site, Key{}, nil, succeed); err != nil {
			t.Errorf("the limit is not off: %v", err)
		}
	}
	if err := gated(t.Context(), site, Key{}, errFatal, succeed); !errors.Is(err, ErrDenied) {
		t.Errorf("error is %v, want ErrDenied", err)
	}
}
