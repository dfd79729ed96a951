package servicetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

var contextCases = []testCase{
	{"the deadline travels", func(t *testing.T, f *fixture) {
		left := make(chan time.Duration, 1)
		f.serve(t, pinging(func(ctx context.Context) error {
			deadline, ok := ctx.Deadline()
			if !ok {
				deadline = time.Now()
			}
			left <- time.Until(deadline)
			return nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := f.client(t).Ping(ctx); err != nil {
			t.Fatal(err)
		}
		if d := <-left; d < 59*time.Minute || d > time.Hour {
			t.Errorf("%v are left of an hour", d)
		}
	}},
	{"without a deadline there is none", func(t *testing.T, f *fixture) {
		f.serve(t, pinging(func(ctx context.Context) error {
			if d, ok := ctx.Deadline(); ok {
				return errors.New("the deadline is " + d.String())
			}
			return nil
		}))
		if err := f.client(t).Ping(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}},
	{"a deadline that passes ends both sides", func(t *testing.T, f *fixture) {
		ended := make(chan error, 1)
		f.serve(t, pinging(func(ctx context.Context) error { <-ctx.Done(); ended <- ctx.Err(); return ctx.Err() }))
		pay := f.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := pay.Ping(ctx)
		if bindings.Code(err) != bindings.DeadlineExceeded || !errors.Is(err, context.DeadlineExceeded) || bindings.Retryable(err) {
			t.Errorf("the caller's error is %v, code %v", err, bindings.Code(err))
		}
		if err := soon(t, "the method's context must end", ended); err == nil {
			t.Error("the method's context must have an error")
		}
	}},
	{"a caller that gives up ends the method", func(t *testing.T, f *fixture) {
		began, ended := make(chan bool, 1), make(chan error, 1)
		f.serve(t, pinging(func(ctx context.Context) error { began <- true; <-ctx.Done(); ended <- ctx.Err(); return ctx.Err() }))
		pay := f.client(t)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- pay.Ping(ctx) }()
		soon(t, "the method must begin", began)
		cancel()
		err := soon(t, "the caller must go on", result)
		if bindings.Code(err) != bindings.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("the caller's error is %v, code %v", err, bindings.Code(err))
		}
		if err := soon(t, "the method's context must end", ended); !errors.Is(err, context.Canceled) {
			t.Errorf("the method's context ended by %v", err)
		}
	}},
	{"the tenant travels, with every letter", func(t *testing.T, f *fixture) {
		got := make(chan string, 1)
		f.serve(t, pinging(func(ctx context.Context) error { tenant, _ := bindings.Tenant(ctx); got <- tenant; return nil }))
		pay := f.client(t)
		for _, tenant := range []string{"acme", "a b/c%d+é☃\n", ""} {
			if err := pay.Ping(bindings.WithTenant(t.Context(), tenant)); err != nil {
				t.Fatal(err)
			}
			if g := <-got; g != tenant {
				t.Errorf("tenant is %q, want %q", g, tenant)
			}
		}
	}},
	{"a binding that is scoped to tenants refuses calls without one", func(t *testing.T, f *fixture) {
		impl := &fake{}
		f.serve(t, impl)
		pay := f.client(t, "tenants", "true")
		code(t, "without", pay.Ping(t.Context()), bindings.FailedPrecondition)
		if impl.calls.Load() != 0 {
			t.Error("the method was called")
		}
		code(t, "with", pay.Ping(bindings.WithTenant(t.Context(), "acme")), bindings.OK)
	}},
	{"the trace goes on", func(t *testing.T, f *fixture) {
		got := make(chan trace.SpanContext, 1)
		f.serve(t, pinging(func(ctx context.Context) error { got <- trace.SpanContextFromContext(ctx); return nil }))
		parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4, 5},
			TraceFlags: trace.FlagsSampled})
		if err := f.client(t).Ping(trace.ContextWithSpanContext(t.Context(), parent)); err != nil {
			t.Fatal(err)
		}
		if s := <-got; s.TraceID() != parent.TraceID() || !s.IsSampled() {
			t.Errorf("the method's trace is %v, want %v", s.TraceID(), parent.TraceID())
		}
	}},
	{"the platform waits for calls under way", func(t *testing.T, f *fixture) {
		if f.mode == inProcess {
			t.Skip("SKIPPED: a call in the process is one of the service's own methods, for which whoever serves it waits")
		}
		began, finish := make(chan bool, 1), make(chan bool)
		f.serve(t, pinging(func(context.Context) error { began <- true; <-finish; return nil }))
		pay := f.client(t)
		result, closed := make(chan error, 1), make(chan error, 1)
		go func() { result <- pay.Ping(t.Context()) }()
		soon(t, "the method must begin", began)
		go func() { closed <- f.caller.Close(context.Background()) }()
		eventually(t, "a closing platform must begin no call", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			return bindings.Code(pay.Ping(ctx)) == bindings.Unavailable
		})
		select {
		case <-closed:
			t.Error("the platform must wait")
		default:
		}
		close(finish)
		if err := soon(t, "the call must end", result); err != nil {
			t.Error(err)
		}
		if err := soon(t, "the platform must close", closed); err != nil {
			t.Error(err)
		}
		_, err := pay.Charge(t.Context(), "o-1", 1)
		code(t, "after Close", err, bindings.Unavailable)
	}},
	{"a context that has ended calls nobody", func(t *testing.T, f *fixture) {
		if f.mode == inProcess {
			t.Skip("SKIPPED: a call in the process is a call, whatever its context")
		}
		impl := &fake{}
		f.serve(t, impl)
		pay := f.client(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := pay.Charge(ctx, payments.OrderID("o-1"), 1)
		code(t, "charge", err, bindings.Canceled)
		if impl.calls.Load() != 0 {
			t.Error("the method was called")
		}
	}},
}
