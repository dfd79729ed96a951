package runtimehooks

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// full is a site with every aspect.
func full() *Site {
	return &Site{
		Function: function, Name: "Service.Place", Aspects: Aspects{Recover: &Recover{}, Trace: &Trace{}, Metrics: &Metrics{}, Log: &Log{},
			Timeout: &Timeout{After: 1}, Retry: &Retry{Attempts: 3}, Breaker: &Breaker{Failures: 1, Cooldown: 1 << 40, Probes: 1}},
	}
}

func TestOff(t *testing.T) {
	got := record(t)
	out := logTo(t)
	defer process.SetOff(true)()
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			site := full()
			body, calls := failing(errBusy)
			for n := 1; n <= 2; n++ {
				if err := call(t.Context(), site, body); err != errBusy || *calls != n {
					t.Errorf("error is %#v after %d calls, want the body's after %d", err, *calls, n)
				}
			}
			call(t.Context(), site, func(ctx context.Context) error {
				if ctx != t.Context() {
					t.Error("the body got another context")
				}
				return nil
			})
			if value := caught(func() { call(t.Context(), site, boom) }); value != any(errFatal) {
				t.Errorf("recovered %v, want the panic untouched", value)
			}
		})
	}
	site := full()
	site.Around = []Advice{{Name: "no", Func: func(context.Context, *Site, func(context.Context) error) error { return errFatal }}}
	if r, err := advised(t.Context(), site, func(context.Context) (int, error) { return 7, nil }); r != 7 || err != nil {
		t.Errorf("result is %d, %v: want no advice", r, err)
	}
	rootCall(site)
	if n := len(got.spans.Started()); n != 0 || out.Len() != 0 {
		t.Errorf("%d spans, and the log %q", n, out)
	}
}

// The variable is read at the first call of a process.
func TestOffByEnvironment(t *testing.T) {
	switch os.Getenv("WANT") {
	case "":
		rerun(t, "WANT=off", "INSTRUMENT=off")
		rerun(t, "WANT=on", "INSTRUMENT=on")
		rerun(t, "WANT=on", "INSTRUMENT=")
	case "off":
		if err := attempts(t.Context(), full(), busy); err != errBusy {
			t.Errorf("error is %v, want the body's", err)
		}
	case "on":
		if err := attempts(t.Context(), full(), busy); !errors.Is(err, ErrTimeout) {
			t.Errorf("error is %v, want a timeout", err)
		}
	}
}

// busy fails.
func busy(context.Context) error { return errBusy }
