package runtimehooks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// caught calls f and returns the value of its panic.
func caught(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// boom panics; its name is looked for in stacks.
func boom(context.Context) error { panic(errFatal) }

// H27
func TestPanicGoesOn(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Metrics: &Metrics{}, Retry: &Retry{Attempts: 3}}}
			calls := 0
			if value := caught(func() {
				call(t.Context(), site, func(ctx context.Context) error { calls++; return boom(ctx) })
			}); value != any(errFatal) || calls != 1 {
				t.Fatalf("recovered %v after %d calls, want the same value after 1", value, calls)
			}
			checkPanicSpan(t, got.span(t))
			_, points := got.points(t)
			if len(points) != 1 || text(points[0].Attributes.ToSlice())["error.type"] != "panic" {
				t.Errorf("data points are %v", points)
			}
		})
	}
}

func TestPanicIsRecovered(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{Function: function, Aspects: Aspects{Recover: &Recover{}, Trace: &Trace{}, Retry: &Retry{Attempts: 3}}}
			err := call(t.Context(), site, boom)
			var p *PanicError
			if !errors.As(err, &p) || p.Value != any(errFatal) || p.Site != function || !errors.Is(err, errFatal) {
				t.Fatalf("error is %#v", err)
			}
			if !strings.Contains(string(p.Stack), "runtimehooks.boom(") {
				t.Errorf("the stack does not show where the panic began:\n%s", p.Stack)
			}
			checkPanicSpan(t, got.span(t))
		})
	}
}

// checkPanicSpan checks that the panic of boom is on the span, once.
func checkPanicSpan(t *testing.T, span sdktrace.ReadOnlySpan) {
	t.Helper()
	if want := (sdktrace.Status{Code: codes.Error, Description: "panic: fatal"}); span.Status() != want {
		t.Errorf("status is %v, want %v", span.Status(), want)
	}
	if diff := cmp.Diff([]string{"exception"}, events(span)); diff != "" {
		t.Fatal(diff)
	}
	attrs := text(span.Events()[0].Attributes)
	if attrs["exception.type"] != "*errors.errorString" || attrs["exception.message"] != "fatal" ||
		!strings.Contains(attrs["exception.stacktrace"], "runtimehooks.boom(") {
		t.Errorf("the event's attributes are %v", attrs)
	}
	if typ := text(span.Attributes())["error.type"]; typ != "panic" {
		t.Errorf("error.type is %q", typ)
	}
}

// H28
func TestGoexit(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			got := record(t)
			site := &Site{
				Function: function, Aspects: Aspects{Recover: &Recover{}, Trace: &Trace{}, Retry: &Retry{Attempts: 3},
					Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}},
			}
			calls, returned := 0, false
			finished := make(chan struct{})
			go func() {
				defer close(finished)
				call(t.Context(), site, func(context.Context) error {
					calls++
					runtime.Goexit()
					return nil
				})
				returned = true
			}()
			<-finished
			if calls != 1 || returned {
				t.Errorf("%d calls, returned %v; want 1, false", calls, returned)
			}
			span := got.span(t)
			if span.Status().Description != "goexit" || text(span.Attributes())["error.type"] != "goexit" {
				t.Errorf("span is %v %v", span.Status(), span.Attributes())
			}
			if err := call(t.Context(), site, func(context.Context) error { return nil }); !errors.Is(err, ErrOpen) {
				t.Errorf("error is %v: leaving by Goexit must count as a failure", err)
			}
		})
	}
}

// The span and the breaker hear how the function itself ends, whatever its deferred functions and
// callees do.
func TestEndings(t *testing.T) {
	for shape, call := range shapes {
		for _, c := range []struct {
			name string
			body func() error
			want string // error.type; "" for success
		}{
			{"panic that the body's callee recovers", func() error { caught(func() { panic("inside") }); return nil }, ""},
			{"goexit by a deferred function", func() error { defer runtime.Goexit(); return nil }, "goexit"},
			{"goexit in place of an error", func() error { defer runtime.Goexit(); return errBusy }, "goexit"},
			{"goexit in place of a panic", func() error { defer runtime.Goexit(); panic("first") }, "goexit"},
			{"panic in place of goexit", func() error { defer func() { panic("second") }(); runtime.Goexit(); return nil }, "panic"},
			{"panic in place of a panic", func() error { defer func() { panic("second") }(); panic("first") }, "panic"},
		} {
			t.Run(shape+"/"+c.name, func(t *testing.T) {
				got := record(t)
				site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}
				finished := make(chan struct{})
				go func() {
					defer close(finished)
					defer func() { recover() }()
					call(t.Context(), site, func(context.Context) error { return c.body() })
				}()
				<-finished
				if kind := text(got.span(t).Attributes())["error.type"]; kind != c.want {
					t.Errorf("error.type is %q, want %q", kind, c.want)
				}
				if err := call(t.Context(), site, succeed); errors.Is(err, ErrOpen) != (c.want != "") {
					t.Errorf("error is %v after the ending %q", err, c.want)
				}
			})
		}
	}
}

// A function that Goexit's own unwinding calls returns normally.
func TestReturnDuringGoexit(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		defer prologue(t.Context(), site, func(context.Context) error { return nil })
		runtime.Goexit()
	}()
	<-finished
	if span := got.span(t); span.Status().Code != codes.Unset {
		t.Errorf("status is %v, want unset", span.Status())
	}
	func() {
		defer func() { recover() }()
		defer prologue(t.Context(), site, func(context.Context) error { return nil })
		panic("outside")
	}()
	if span := got.spans.Ended()[1]; span.Status().Code != codes.Unset {
		t.Errorf("status is %v, want unset", span.Status())
	}
}

// H17: a deferred call of the body's own may change the error after the return.
func TestErrorOfBodysDefer(t *testing.T) {
	got := record(t)
	wrapped := func(ctx context.Context, site *Site) (err error) {
		call := site.Call()
		_ = call.Enter(ctx)
		defer call.Exit(&err)
		defer func() { err = errors.Join(errors.New("wrapped"), err) }()
		return errBusy
	}
	wrapped(t.Context(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}})
	if d := got.span(t).Status().Description; d != "wrapped\nbusy" {
		t.Errorf("description is %q", d)
	}
}

// H29: panic(nil) is an ordinary panic, and under GODEBUG=panicnil=1 one that recover cannot see.
func TestPanicNil(t *testing.T) {
	if os.Getenv("PANIC_NIL") == "" {
		for _, godebug := range []string{"panicnil=0", "panicnil=1"} {
			rerun(t, "GODEBUG="+godebug, "PANIC_NIL=yes")
		}
		return
	}
	var nothing any
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			returned := false
			caught(func() {
				call(t.Context(), &Site{Function: function}, func(context.Context) error { panic(nothing) })
				returned = true
			})
			if returned {
				t.Error("the panic was swallowed")
			}
			err := call(t.Context(), &Site{Function: function, Aspects: Aspects{Recover: &Recover{}}}, func(context.Context) error { panic(nothing) })
			if p := new(PanicError); !errors.As(err, &p) {
				t.Errorf("error is %v, want a *PanicError", err)
			}
			calls := 0
			caught(func() {
				call(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3}}}, func(context.Context) error {
					calls++
					panic(nothing)
				})
			})
			if calls != 1 {
				t.Errorf("%d calls, want 1", calls)
			}
			if err := call(t.Context(), &Site{Function: function}, func(context.Context) error { return errBusy }); err != errBusy {
				t.Errorf("error is %v, want the body's", err)
			}
		})
	}
}

// A panic that nobody recovers ends the program as it would unwoven: the first value, its original
// frames, status 2.
func TestCrash(t *testing.T) {
	if os.Getenv("CRASH") != "" {
		prologue(context.Background(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Timeout: &Timeout{After: time.Hour}}}, boom)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), "CRASH=yes")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("%v, want exit status 2", err)
	}
	for _, want := range []string{"panic: ", "fatal", "runtimehooks.boom("} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the crash text has no %q:\n%s", want, out)
		}
	}
}

// rerun runs the test in another process with additional environment variables.
func rerun(t *testing.T, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", env, err, out)
	}
}
