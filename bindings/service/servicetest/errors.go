package servicetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

// fails returns the error that a client gets of a service that fails with err.
func (f *fixture) fails(t *testing.T, err error) error {
	t.Helper()
	f.serve(t, pinging(func(context.Context) error { return err }))
	return f.client(t).Ping(t.Context())
}

// refused is an error that says when to come again, as those of policies do.
type refused struct{ after time.Duration }

func (r refused) Error() string             { return "come again" }
func (r refused) RetryAfter() time.Duration { return r.after }

var errorCases = []testCase{
	{"an error that says when to come again says so on the other side", func(t *testing.T, f *fixture) {
		err := f.fails(t, fmt.Errorf("busy: %w", refused{1500 * time.Millisecond}))
		later, ok := errors.AsType[interface {
			error
			RetryAfter() time.Duration
		}](err)
		if !ok || later.RetryAfter() != 1500*time.Millisecond {
			t.Errorf("error is %v", err)
		}
	}},
	{"an error that does not say when to come again does not seem to", func(t *testing.T, f *fixture) {
		err := f.fails(t, payments.ErrDeclined)
		var later interface{ RetryAfter() time.Duration }
		if errors.As(err, &later) {
			t.Errorf("error is %v", err)
		}
	}},
	{"an error of the interface's package is itself on the other side", func(t *testing.T, f *fixture) {
		err := f.fails(t, payments.ErrDeclined)
		if !errors.Is(err, payments.ErrDeclined) || errors.Is(err, payments.ErrExpired) || bindings.Code(err) != bindings.Unknown ||
			bindings.Retryable(err) {
			t.Errorf("error is %v, code %v", err, bindings.Code(err))
		}
	}},
	{"a wrapped error keeps its message", func(t *testing.T, f *fixture) {
		err := f.fails(t, fmt.Errorf("card 42: %w", payments.ErrDeclined))
		if !errors.Is(err, payments.ErrDeclined) || !strings.HasSuffix(err.Error(), "card 42: the payment is declined") {
			t.Errorf("error is %v", err)
		}
	}},
	{"several errors at once are all found", func(t *testing.T, f *fixture) {
		err := f.fails(t, errors.Join(payments.ErrExpired, payments.ErrDeclined))
		if !errors.Is(err, payments.ErrDeclined) || !errors.Is(err, payments.ErrExpired) {
			t.Errorf("error is %v", err)
		}
	}},
	{"an error has both a code and a name", func(t *testing.T, f *fixture) {
		err := f.fails(t, bindings.Errorf(bindings.ResourceExhausted, "limit of card: %w", payments.ErrDeclined))
		if !errors.Is(err, payments.ErrDeclined) || !errors.Is(err, bindings.ResourceExhausted) || !bindings.Retryable(err) ||
			!strings.Contains(err.Error(), "limit of card: the payment is declined") {
			t.Errorf("error is %v", err)
		}
	}},
	{"any other error keeps its message", func(t *testing.T, f *fixture) {
		err := f.fails(t, errors.New("disk <full> ☃"))
		if !strings.HasSuffix(err.Error(), "disk <full> ☃") || bindings.Code(err) != bindings.Unknown {
			t.Errorf("error is %v", err)
		}
	}},
	{"every code is the same on both sides", func(t *testing.T, f *fixture) {
		var give error
		f.serve(t, pinging(func(context.Context) error { return give }))
		pay := f.client(t)
		for c := bindings.NotFound; c <= bindings.Unimplemented; c++ {
			for _, give = range []error{c, bindings.Errorf(c, "reason"), fmt.Errorf("outside: %w", c), bindings.Failed("get", "carts", c)} {
				err := pay.Ping(t.Context())
				if bindings.Code(err) != c || !errors.Is(err, c) || bindings.Retryable(err) != bindings.Retryable(c) {
					t.Errorf("%v is %v, code %v", give, err, bindings.Code(err))
				}
			}
		}
	}},
	{"a failure of one call does not harm the next", func(t *testing.T, f *fixture) {
		fail := true
		f.serve(t, pinging(func(context.Context) error {
			if fail {
				return bindings.Unavailable
			}
			return nil
		}))
		pay := f.client(t)
		code(t, "first", pay.Ping(t.Context()), bindings.Unavailable)
		fail = false
		code(t, "second", pay.Ping(t.Context()), bindings.OK)
	}},
}
