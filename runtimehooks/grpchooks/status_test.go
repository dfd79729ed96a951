package grpchooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

const secret = "password=hunter2"

// What a client gets for each error that a woven method returns.
func TestStatus(t *testing.T) {
	const site = "main.(*Orders).Reserve"
	panicked := &runtimehooks.PanicError{Site: site, Value: errors.New(secret)}
	notFound := status.Error(codes.NotFound, "no order 7")
	for name, c := range map[string]struct {
		err   error
		code  codes.Code
		text  string
		after time.Duration
	}{
		"limit":               {&runtimehooks.LimitedError{Site: site, After: 1500 * time.Millisecond}, codes.ResourceExhausted, "rate limit exceeded", 1500 * time.Millisecond},
		"breaker":             {&runtimehooks.OpenError{Site: site, After: time.Second}, codes.Unavailable, "circuit breaker open", time.Second},
		"bulkhead":            {&runtimehooks.FullError{Site: site}, codes.Unavailable, "bulkhead full", 0},
		"timeout":             {&runtimehooks.TimeoutError{Site: site, Err: errors.New(secret)}, codes.DeadlineExceeded, "timeout", 0},
		"timeout of a call":   {&runtimehooks.TimeoutError{Site: site, Err: notFound}, codes.DeadlineExceeded, "timeout", 0},
		"denied":              {&runtimehooks.DeniedError{Site: site, Err: errors.New(secret)}, codes.PermissionDenied, "not authorized", 0},
		"unauthenticated":     {&runtimehooks.DeniedError{Site: site, Err: fmt.Errorf("%w: %s", runtimehooks.ErrUnauthenticated, secret)}, codes.Unauthenticated, "not authenticated", 0},
		"denied by status":    {&runtimehooks.DeniedError{Site: site, Err: status.Error(codes.Unauthenticated, "token expired")}, codes.Unauthenticated, "token expired", 0},
		"denied by a panic":   {&runtimehooks.DeniedError{Site: site, Err: panicked}, codes.Internal, "internal error", 0},
		"invalid":             {&runtimehooks.InvalidError{Site: site, Err: errors.New("no items")}, codes.InvalidArgument, "no items", 0},
		"invalid by status":   {&runtimehooks.InvalidError{Site: site, Err: status.Error(codes.OutOfRange, "page 9")}, codes.OutOfRange, "page 9", 0},
		"invalid by a panic":  {&runtimehooks.InvalidError{Site: site, Err: panicked}, codes.Internal, "internal error", 0},
		"in progress":         {&runtimehooks.InProgressError{Site: site, Key: secret}, codes.Aborted, "a call with the key is in progress", 0},
		"superseded":          {&runtimehooks.SupersededError{Site: site, Key: secret}, codes.Aborted, "superseded by another call with the key", 0},
		"key reused":          {&runtimehooks.KeyReusedError{Site: site, Key: secret}, codes.InvalidArgument, "key used with other arguments", 0},
		"panic":               {panicked, codes.Internal, "internal error", 0},
		"panic with a status": {&runtimehooks.PanicError{Site: site, Value: notFound}, codes.Internal, "internal error", 0},
		"wrapped":             {fmt.Errorf("reserve %s: %w", secret, panicked), codes.Internal, "internal error", 0},
		"retried":             {&runtimehooks.RetryError{Site: site, Attempts: 2, Err: &runtimehooks.OpenError{After: time.Second}}, codes.Unavailable, "circuit breaker open", time.Second},
		"joined":              {errors.Join(errors.New(secret), panicked), codes.Internal, "internal error", 0},
		"status":              {notFound, codes.NotFound, "no order 7", 0},
		"wrapped status":      {fmt.Errorf("reserve: %w", notFound), codes.NotFound, "reserve: rpc error: code = NotFound desc = no order 7", 0},
		"status of a panic":   {errors.Join(notFound, panicked), codes.NotFound, notFound.Error() + "\n" + panicked.Error(), 0}, // as the program has it
		"plain":               {errors.New("disk full"), codes.Unknown, "disk full", 0},
		"context":             {fmt.Errorf("read: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "read: context deadline exceeded", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, fails(c.err), nil)
			_, unary := p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest))
			stream, err := p.client.FullDuplexCall(withTimeout(t))
			if err != nil {
				t.Fatal(err)
			}
			stream.CloseSend()
			_, streamed := stream.Recv()
			for _, err := range []error{unary, streamed} {
				s := status.Convert(err)
				if s.Code() != c.code || s.Message() != c.text || retryDelay(s) != c.after {
					t.Errorf("the status is %v with RetryInfo %v, want %v: %s with %v", s, retryDelay(s), c.code, c.text, c.after)
				}
			}
		})
	}
}

func retryDelay(s *status.Status) time.Duration {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			return info.RetryDelay.AsDuration()
		}
	}
	return 0
}

// Interceptors see statuses, with the method's own error in their chain. What one of them refuses
// itself has a status as well, and one that wraps an error discloses nothing.
func TestInterceptors(t *testing.T) {
	refused := &runtimehooks.LimitedError{After: time.Second}
	var seen error
	see := func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		out, err := handle(ctx, in)
		seen = err
		return out, err
	}
	wrap := func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		out, err := handle(ctx, in)
		return out, fmt.Errorf("wrapped: %w", err)
	}
	refuse := func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) { return nil, refused }
	for _, c := range []struct {
		name        string
		interceptor grpc.UnaryServerInterceptor
		err         error
		code        codes.Code
	}{
		{"see", see, refused, codes.ResourceExhausted},
		{"wrap", wrap, &runtimehooks.PanicError{Value: secret}, codes.Internal},
		{"refuse", refuse, nil, codes.ResourceExhausted},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, fails(c.err), []grpc.ServerOption{grpc.ChainUnaryInterceptor(c.interceptor)})
			_, err := p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest))
			if status.Code(err) != c.code || strings.Contains(err.Error(), secret) {
				t.Errorf("the client gets %v", err)
			}
		})
	}
	if status.Code(seen) != codes.ResourceExhausted || !errors.Is(seen, runtimehooks.ErrLimited) {
		t.Errorf("the interceptor sees %v", seen)
	}
}

// What is kept from the client is in the span.
func TestSpanOfPanic(t *testing.T) {
	got := record(t)
	p := start(t, fails(&runtimehooks.PanicError{Site: "main.f", Value: "no stock"}), nil)
	p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest))
	p.stop()
	for _, s := range got.spans.Ended() {
		want := "internal error"
		if s.SpanKind().String() == "server" {
			want = "call main.f: panic: no stock"
		}
		if s.Status().Description != want || recorded.Text(s.Attributes())["error.type"] != "INTERNAL" {
			t.Errorf("the %s span has %v and %v", s.SpanKind(), s.Status(), s.Attributes())
		}
	}
}

// Where sites are switched off, nothing is recorded, and what still refuses does so as before.
func TestOff(t *testing.T) {
	defer process.SetOff(true)()
	got := record(t)
	p := start(t, fails(&runtimehooks.DeniedError{}), nil)
	if _, err := p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest)); status.Code(err) != codes.PermissionDenied {
		t.Errorf("the client gets %v", err)
	}
	p.stop()
	if tree := got.tree(); tree != "" {
		t.Errorf("the spans are\n%s", tree)
	}
}

// The functions that stand in for older ones of package grpc do the same.
func TestDial(t *testing.T) {
	for name, dial := range map[string]func(string, ...grpc.DialOption) (*grpc.ClientConn, error){
		"Dial": Dial,
		"DialContext": func(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
			return DialContext(t.Context(), target, opts...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := record(t)
			p := serve(t, NewServer(), fails(nil), dial)
			p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest))
			p.stop()
			if tree := got.tree("server.port"); tree != "client "+unaryMethod+" server.port=8080\n  server "+unaryMethod+"\n" {
				t.Errorf("the spans are\n%s", tree)
			}
			if conn, err := dial("dns:///orders"); err == nil || conn != nil {
				t.Errorf("a connection without credentials is %v, %v", conn, err)
			}
		})
	}
}
