package servicetest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var remoteCases = []testCase{
	{"what a policy of the service refuses has a code", func(t *testing.T, f *fixture) {
		var give error
		f.serve(t, pinging(func(context.Context) error { return give }))
		pay := f.client(t)
		for want, errs := range map[bindings.ErrorCode][]error{
			bindings.Unavailable:       {&runtimehooks.OpenError{}},
			bindings.ResourceExhausted: {&runtimehooks.LimitedError{}, &runtimehooks.FullError{}},
			bindings.DeadlineExceeded:  {&runtimehooks.TimeoutError{}},
		} {
			for _, give = range errs {
				give = fmt.Errorf("charge: %w", give)
				code(t, give.Error(), pay.Ping(t.Context()), want)
			}
		}
	}},
	{"arguments that are too big are refused, and the next call is not harmed", func(t *testing.T, f *fixture) {
		impl := &fake{find: func(context.Context, payments.OrderID) (*payments.Receipt, error) { return nil, nil }}
		f.serve(t, impl, service.MaxBody(1000))
		pay := f.client(t)
		for _, size := range []int{1001, 5 << 20} {
			_, err := pay.Find(t.Context(), payments.OrderID(strings.Repeat("x", size)))
			code(t, "find", err, bindings.ResourceExhausted)
		}
		if impl.calls.Load() != 0 {
			t.Error("the method was called")
		}
		_, err := pay.Find(t.Context(), "o-1")
		code(t, "next", err, bindings.OK)
	}},
	{"results that are too big are refused", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{find: func(context.Context, payments.OrderID) (*payments.Receipt, error) {
			return &payments.Receipt{Order: payments.OrderID(strings.Repeat("x", 2000))}, nil
		}})
		_, err := f.client(t, "body", "1000").Find(t.Context(), "o-1")
		code(t, "find", err, bindings.ResourceExhausted)
		_, err = f.client(t).Find(t.Context(), "o-1")
		code(t, "by another client", err, bindings.OK)
	}},
	{"a method that panics is answered, without details, and the server goes on", func(t *testing.T, f *fixture) {
		panics := true
		f.serve(t, pinging(func(context.Context) error {
			if panics {
				panic("hidden detail")
			}
			return nil
		}))
		pay := f.client(t)
		err := pay.Ping(t.Context())
		code(t, "ping", err, bindings.Unknown)
		if strings.Contains(err.Error(), "hidden detail") {
			t.Errorf("error is %v", err)
		}
		panics = false
		code(t, "next", pay.Ping(t.Context()), bindings.OK)
	}},
	{"who has not the token is refused", func(t *testing.T, f *fixture) {
		impl := &fake{}
		f.serve(t, impl)
		code(t, "another", f.client(t, "token", "guess").Ping(t.Context()), bindings.PermissionDenied)
		if impl.calls.Load() != 0 {
			t.Error("the method was called")
		}
		code(t, "the right one", f.client(t).Ping(t.Context()), bindings.OK)
	}},
	{"what authorizes a call says for whom it is", func(t *testing.T, f *fixture) {
		got := make(chan string, 1)
		f.serve(t, pinging(func(ctx context.Context) error { tenant, _ := bindings.Tenant(ctx); got <- tenant; return nil }),
			service.Authorize(func(ctx context.Context, r *http.Request) (context.Context, error) {
				if deadline, ok := ctx.Deadline(); ok { // which is the method's matter
					t.Errorf("the deadline is %v", deadline)
				}
				return bindings.WithTenant(ctx, "from "+strings.ToLower(r.Method)), nil
			}))
		if err := f.client(t).Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if tenant := <-got; tenant != "from post" {
			t.Errorf("tenant is %q", tenant)
		}
	}},
	{"requests under way end when a server closes, and no more begin", func(t *testing.T, f *fixture) {
		began, finish := make(chan bool, 1), make(chan bool)
		server := f.serve(t, pinging(func(context.Context) error { began <- true; <-finish; return nil }))
		pay := f.client(t)
		result, closed := make(chan error, 1), make(chan error, 1)
		go func() { result <- pay.Ping(t.Context()) }()
		soon(t, "the method must begin", began)
		go func() { closed <- server.platform.Close(context.Background()) }()
		eventually(t, "a closing server must begin no call", func() bool {
			_, err := pay.Find(t.Context(), "o-1")
			return bindings.Code(err) == bindings.Unavailable
		})
		select {
		case <-closed:
			t.Error("the server must wait")
		default:
		}
		close(finish)
		if err := soon(t, "the call must end", result); err != nil {
			t.Errorf("the call under way: %v", err)
		}
		if err := soon(t, "the server must close", closed); err != nil {
			t.Error(err)
		}
	}},
	{"a server that starts again at its address is found", func(t *testing.T, f *fixture) {
		server := f.serve(t, &fake{})
		pay := f.client(t)
		code(t, "first", pay.Ping(t.Context()), bindings.OK)
		server.stop(t)
		code(t, "meanwhile", pay.Ping(t.Context()), bindings.Unavailable)
		f.serveAt(t, server.address, &fake{})
		eventually(t, "the server must be found", func() bool { return pay.Ping(t.Context()) == nil })
	}},
	{"the health of the binding is that of the server", func(t *testing.T, f *fixture) {
		server := f.serve(t, &fake{})
		f.client(t)
		health := func() bindings.ErrorCode {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return bindings.Code(f.caller.Health(ctx)[0].Err)
		}
		if c := health(); c != bindings.OK {
			t.Errorf("health is %v", c)
		}
		server.stop(t)
		eventually(t, "the health must be told", func() bool { return health() == bindings.Unavailable })
	}},
	{"a client may come before its server", func(t *testing.T, f *fixture) {
		// The address is known, and nobody is there yet.
		server := f.serve(t, &fake{})
		server.stop(t)
		began := time.Now()
		pay := f.client(t)
		code(t, "before", pay.Ping(t.Context()), bindings.Unavailable)
		if took := time.Since(began); took > patience {
			t.Errorf("it took %v", took)
		}
		f.serveAt(t, server.address, &fake{})
		eventually(t, "the server must be found", func() bool { return pay.Ping(t.Context()) == nil })
	}},
}
