package connecthooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks"
)

const secret = "password=hunter2"

// What a client gets for each error that a woven method returns.
func TestError(t *testing.T) {
	const site = "main.(*Orders).Reserve"
	panicked := &runtimehooks.PanicError{Site: site, Value: errors.New(secret)}
	notFound := connect.NewError(connect.CodeNotFound, errors.New("no order 7"))
	for name, c := range map[string]struct {
		err   error
		code  connect.Code
		text  string
		after time.Duration
	}{
		"limit":             {&runtimehooks.LimitedError{Site: site, After: 1500 * time.Millisecond}, connect.CodeResourceExhausted, "rate limit exceeded", 1500 * time.Millisecond},
		"breaker":           {&runtimehooks.OpenError{Site: site, After: time.Second}, connect.CodeUnavailable, "circuit breaker open", time.Second},
		"bulkhead":          {&runtimehooks.FullError{Site: site}, connect.CodeUnavailable, "bulkhead full", 0},
		"timeout":           {&runtimehooks.TimeoutError{Site: site, Err: errors.New(secret)}, connect.CodeDeadlineExceeded, "timeout", 0},
		"timeout of a call": {&runtimehooks.TimeoutError{Site: site, Err: notFound}, connect.CodeDeadlineExceeded, "timeout", 0},
		"denied":            {&runtimehooks.DeniedError{Site: site, Err: errors.New(secret)}, connect.CodePermissionDenied, "not authorized", 0},
		"unauthenticated":   {&runtimehooks.DeniedError{Site: site, Err: fmt.Errorf("%w: %s", runtimehooks.ErrUnauthenticated, secret)}, connect.CodeUnauthenticated, "not authenticated", 0},
		"denied by a code":  {&runtimehooks.DeniedError{Site: site, Err: connect.NewError(connect.CodeUnauthenticated, errors.New("token expired"))}, connect.CodeUnauthenticated, "token expired", 0},
		"denied by a panic": {&runtimehooks.DeniedError{Site: site, Err: panicked}, connect.CodeInternal, "internal error", 0},
		"invalid":           {&runtimehooks.InvalidError{Site: site, Err: errors.New("no items")}, connect.CodeInvalidArgument, "no items", 0},
		"invalid by a code": {&runtimehooks.InvalidError{Site: site, Err: connect.NewError(connect.CodeOutOfRange, errors.New("page 9"))}, connect.CodeOutOfRange, "page 9", 0},
		"in progress":       {&runtimehooks.InProgressError{Site: site, Key: secret}, connect.CodeAborted, "a call with the key is in progress", 0},
		"superseded":        {&runtimehooks.SupersededError{Site: site, Key: secret}, connect.CodeAborted, "superseded by another call with the key", 0},
		"key reused":        {&runtimehooks.KeyReusedError{Site: site, Key: secret}, connect.CodeInvalidArgument, "key used with other arguments", 0},
		"panic":             {panicked, connect.CodeInternal, "internal error", 0},
		"wrapped":           {fmt.Errorf("reserve %s: %w", secret, panicked), connect.CodeInternal, "internal error", 0},
		"retried":           {&runtimehooks.RetryError{Site: site, Attempts: 2, Err: &runtimehooks.OpenError{After: time.Second}}, connect.CodeUnavailable, "circuit breaker open", time.Second},
		"joined":            {errors.Join(errors.New(secret), panicked), connect.CodeInternal, "internal error", 0},
		"own":               {notFound, connect.CodeNotFound, "no order 7", 0},
		"plain":             {errors.New("disk full"), connect.CodeUnknown, "disk full", 0},
		"context":           {context.DeadlineExceeded, connect.CodeDeadlineExceeded, "context deadline exceeded", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, fails(c.err), false, nil)
			_, unary := p.say.CallUnary(withTimeout(t), request())
			stream, err := p.watch.CallServerStream(withTimeout(t), request())
			if err != nil {
				t.Fatal(err)
			}
			for stream.Receive() {
			}
			for _, err := range []error{unary, stream.Err()} {
				got, ok := errors.AsType[*connect.Error](err)
				if !ok || got.Code() != c.code || got.Message() != c.text || retryDelay(got) != c.after {
					t.Errorf("the error is %v, want %v: %s with RetryInfo %v", err, c.code, c.text, c.after)
				}
			}
			stream.Close()
		})
	}
}

func retryDelay(e *connect.Error) time.Duration {
	for _, d := range e.Details() {
		if message, err := d.Value(); err == nil {
			if info, ok := message.(*errdetails.RetryInfo); ok {
				return info.RetryDelay.AsDuration()
			}
		}
	}
	return 0
}

// Interceptors see codes, with the method's own error in their chain. What one of them refuses
// itself has a code as well, and one that wraps an error discloses nothing.
func TestInterceptors(t *testing.T) {
	refused := &runtimehooks.LimitedError{After: time.Second}
	var seen error
	around := func(change func(error) error) connect.HandlerOption {
		return connect.WithInterceptors(connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
			return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
				res, err := next(ctx, req)
				return res, change(err)
			}
		}))
	}
	for _, c := range []struct {
		name   string
		change func(error) error
		err    error
		code   connect.Code
	}{
		{"see", func(err error) error { seen = err; return err }, refused, connect.CodeResourceExhausted},
		{"wrap", func(err error) error { return fmt.Errorf("%s: %w", secret, err) }, &runtimehooks.PanicError{Value: secret}, connect.CodeInternal},
		{"refuse", func(error) error { return refused }, nil, connect.CodeResourceExhausted},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, fails(c.err), false, []connect.HandlerOption{around(c.change)})
			if _, err := p.say.CallUnary(withTimeout(t), request()); connect.CodeOf(err) != c.code || strings.Contains(err.Error(), secret) {
				t.Errorf("the client gets %v", err)
			}
		})
	}
	if connect.CodeOf(seen) != connect.CodeResourceExhausted || !errors.Is(seen, runtimehooks.ErrLimited) {
		t.Errorf("the interceptor sees %v", seen)
	}
}

// What is kept from the client is in the span.
func TestSpanOfPanic(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	p := start(t, fails(&runtimehooks.PanicError{Site: "main.f", Value: "no stock"}), false, nil)
	p.say.CallUnary(withTimeout(t), request())
	p.stop()
	for _, s := range spans.Ended() {
		want := "internal error"
		if s.SpanKind().String() == "server" {
			want = "call main.f: panic: no stock"
		}
		if s.Status().Description != want || recorded.Text(s.Attributes())["error.type"] != "internal" {
			t.Errorf("the %s span has %v and %v", s.SpanKind(), s.Status(), s.Attributes())
		}
	}
}

// What each code says to a breaker, a retry and a hedge around a client's call.
func TestFault(t *testing.T) {
	callers := map[connect.Code]bool{
		connect.CodeInvalidArgument: true, connect.CodeNotFound: true, connect.CodeAlreadyExists: true, connect.CodePermissionDenied: true,
		connect.CodeUnauthenticated: true, connect.CodeFailedPrecondition: true, connect.CodeOutOfRange: true, connect.CodeCanceled: true,
	}
	for code := connect.CodeCanceled; code <= connect.CodeUnauthenticated; code++ {
		err := fmt.Errorf("reserve: %w", connect.NewError(code, errors.New("no")))
		if got := runtimehooks.FaultOf(err) == runtimehooks.FaultCaller; got != callers[code] {
			t.Errorf("%v is the caller's fault: %v", code, got)
		}
	}
	for _, err := range []error{errors.New("plain"), context.DeadlineExceeded, &runtimehooks.OpenError{}} {
		if got := runtimehooks.FaultOf(err); got != runtimehooks.FaultUnknown {
			t.Errorf("the fault of %v is %d", err, got)
		}
	}
}
