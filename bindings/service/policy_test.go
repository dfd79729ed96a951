package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// unsteady is a connection to a service that fails with the given codes, one after the other, and
// counts the calls.
type unsteady struct {
	failures []error
	calls    map[string]int
}

func (u *unsteady) OpenService(context.Context, *bindings.Platform, *bindings.Link) (service.Caller, error) {
	return u, nil
}
func (u *unsteady) Ping(context.Context) error  { return nil }
func (u *unsteady) Close(context.Context) error { return nil }

func (u *unsteady) Call(_ context.Context, r service.Request) ([]byte, error) {
	u.calls[r.Method]++
	if len(u.failures) > 0 {
		err := u.failures[0]
		u.failures = u.failures[1:]
		return nil, err
	}
	return []byte(`{}`), nil
}

// open returns the service behind u, under policies.
func (u *unsteady) open(t *testing.T, policy ...bindings.PolicyAspect) payments.Service {
	t.Helper()
	u.calls = map[string]int{}
	provider := &bindings.Provider{Name: "unsteady", Schemes: []string{"unsteady"}, Kinds: []bindings.Kind{bindings.Service},
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return u, nil }}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
		{Name: "pay", URL: "unsteady:", Policy: policy}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	pay, err := payments.OpenService(t.Context(), p, "pay")
	if err != nil {
		t.Fatal(err)
	}
	return pay
}

func policy(name string, options ...string) bindings.PolicyAspect {
	a := bindings.PolicyAspect{Name: name, Options: map[string]bindings.PolicyOption{}}
	for i := 0; i < len(options); i += 2 {
		a.Options[options[i]] = bindings.PolicyOption{Text: options[i+1]}
	}
	return a
}

// A call is made again only where the interface says that it may be, and the failure that it may
// pass.
func TestPolicyRetry(t *testing.T) {
	away := bindings.Errorf(bindings.Unavailable, "no route")
	for _, c := range []struct {
		name     string
		failures []error
		call     func(payments.Service) error
		method   string
		calls    int
		code     bindings.ErrorCode
	}{
		{"an idempotent method", []error{away, &service.Failure{Code: bindings.Unavailable}}, find, "Find", 3, bindings.OK},
		{"one that is not", []error{away}, charge, "Charge", 1, bindings.Unavailable},
		{"a failure that stays", []error{&service.Failure{Code: bindings.NotFound}}, find, "Find", 1, bindings.NotFound},
	} {
		u := &unsteady{failures: c.failures}
		pay := u.open(t, policy("retry", "attempts", "3", "initial", "1ms"))
		if err := c.call(pay); bindings.Code(err) != c.code || u.calls[c.method] != c.calls {
			t.Errorf("%s: %v, after %d calls, want %v after %d", c.name, err, u.calls[c.method], c.code, c.calls)
		}
	}
}

func find(pay payments.Service) error {
	_, err := pay.Find(context.Background(), "o-1")
	return err
}

func charge(pay payments.Service) error {
	_, err := pay.Charge(context.Background(), "o-1", 1)
	return err
}

// A breaker keeps calls from a service that does not answer, and what the service's methods refuse
// is none of its business.
func TestPolicyBreaker(t *testing.T) {
	refused := &service.Failure{Code: bindings.Unknown, Names: []string{"ErrDeclined"}}
	away := bindings.Errorf(bindings.Unavailable, "no route")
	u := &unsteady{failures: []error{refused, refused, refused, away, away}}
	pay := u.open(t, policy("breaker", "failures", "2"))
	for range 3 {
		if err := charge(pay); !errors.Is(err, payments.ErrDeclined) {
			t.Errorf("charge: %v", err)
		}
	}
	for range 2 {
		if err := charge(pay); !errors.Is(err, bindings.Unavailable) || errors.Is(err, runtimehooks.ErrOpen) {
			t.Errorf("charge: %v", err)
		}
	}
	err := charge(pay)
	if !errors.Is(err, runtimehooks.ErrOpen) || !errors.Is(err, bindings.Unavailable) || u.calls["Charge"] != 5 {
		t.Errorf("charge: %v, after %d calls", err, u.calls["Charge"])
	}
	if !strings.HasPrefix(err.Error(), "call Charge of pay: unavailable: ") {
		t.Errorf("error is %q", err)
	}
}

// There is nothing between a caller and an implementation in its own process that could keep a
// policy.
func TestPolicyLocal(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
		{Name: "pay", URL: "local:", Policy: []bindings.PolicyAspect{policy("retry")}}}}, service.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if _, err := payments.OpenService(t.Context(), p, "pay"); !errors.Is(err, bindings.Unimplemented) {
		t.Errorf("open: %v", err)
	}
}
