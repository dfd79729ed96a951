package servicetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

// full is a value with everything in it.
var full = payments.Receipt{
	Stamp: payments.Stamp{At: time.Date(2026, 3, 1, 12, 30, 0, 123456789, time.FixedZone("", 3600))},
	Order: "o-1 <&> ☃",
	Cents: -1 << 62,
	Seal:  []byte{0, 1, 0xff},
	Notes: map[string]string{"": "empty", "a/b": "\"quoted\"\n"},
	Next:  &payments.Receipt{Order: "o-2", Notes: map[string]string{}, Seal: []byte{}},
}

var valueCases = []testCase{
	{"arguments and results arrive as they were given", func(t *testing.T, f *fixture) {
		var order payments.OrderID
		var cents int64
		f.serve(t, &fake{charge: func(_ context.Context, o payments.OrderID, c int64) (payments.Receipt, error) {
			order, cents = o, c
			return full, nil
		}})
		got, err := f.client(t).Charge(t.Context(), full.Order, full.Cents)
		if err != nil || order != full.Order || cents != full.Cents {
			t.Errorf("charge: %v, of %q and %d", err, order, cents)
		}
		equal(t, got, full)
	}},
	{"a list of variable length arrives whole", func(t *testing.T, f *fixture) {
		var got [][]payments.Receipt
		f.serve(t, &fake{refund: func(_ context.Context, receipts ...payments.Receipt) error { got = append(got, receipts); return nil }})
		pay := f.client(t)
		if err := errors.Join(pay.Refund(t.Context(), full, payments.Receipt{}), pay.Refund(t.Context())); err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || len(got[0]) != 2 || len(got[1]) != 0 {
			t.Fatalf("refunded %d times: %v", len(got), got)
		}
		equal(t, got[0][0], full)
		equal(t, got[0][1], payments.Receipt{})
	}},
	{"maps and several results arrive", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{sum: func(_ context.Context, by map[payments.OrderID]int64) (int64, []payments.OrderID, error) {
			var total int64
			for _, cents := range by {
				total += cents
			}
			return total, []payments.OrderID{"a", "b"}, nil
		}})
		total, orders, err := f.client(t).Sum(t.Context(), map[payments.OrderID]int64{"a": 1, "b": 2})
		if err != nil || total != 3 || !reflect.DeepEqual(orders, []payments.OrderID{"a", "b"}) {
			t.Errorf("sum is %d of %q, %v", total, orders, err)
		}
	}},
	{"nothing arrives as nothing", func(t *testing.T, f *fixture) {
		var given map[payments.OrderID]int64
		f.serve(t, &fake{
			find: func(context.Context, payments.OrderID) (*payments.Receipt, error) { return nil, nil },
			sum: func(_ context.Context, by map[payments.OrderID]int64) (int64, []payments.OrderID, error) {
				given = by
				return 0, nil, nil
			},
		})
		pay := f.client(t)
		if r, err := pay.Find(t.Context(), ""); r != nil || err != nil {
			t.Errorf("find: %v, %v", r, err)
		}
		total, orders, err := pay.Sum(t.Context(), nil)
		if total != 0 || orders != nil || err != nil || given != nil {
			t.Errorf("sum: %v, %v, %v, given %v", total, orders, err, given)
		}
		if err := pay.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
	}},
	{"an error comes without results", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{find: func(context.Context, payments.OrderID) (*payments.Receipt, error) { return nil, payments.ErrExpired }})
		if r, err := f.client(t).Find(t.Context(), "o-1"); r != nil || !errors.Is(err, payments.ErrExpired) {
			t.Errorf("find: %v, %v", r, err)
		}
	}},
	{"a value of a megabyte arrives", func(t *testing.T, f *fixture) {
		note := strings.Repeat("x", 1<<20)
		f.serve(t, &fake{find: func(_ context.Context, o payments.OrderID) (*payments.Receipt, error) {
			return &payments.Receipt{Order: o}, nil
		}})
		r, err := f.client(t).Find(t.Context(), payments.OrderID(note))
		if err != nil || string(r.Order) != note {
			t.Errorf("find: %v", err)
		}
	}},
	{"many calls at once get each its own answer", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{charge: func(_ context.Context, o payments.OrderID, cents int64) (payments.Receipt, error) {
			if cents%7 == 0 {
				return payments.Receipt{}, fmt.Errorf("%s: %w", o, payments.ErrDeclined)
			}
			return payments.Receipt{Order: o, Cents: cents}, nil
		}})
		pay := f.client(t)
		var callers sync.WaitGroup
		for i := range int64(64) {
			callers.Go(func() {
				for j := range int64(40) {
					order, cents := payments.OrderID(fmt.Sprint("o-", i)), i*1000+j
					r, err := pay.Charge(t.Context(), order, cents)
					switch {
					case cents%7 == 0 && (!errors.Is(err, payments.ErrDeclined) || !strings.Contains(err.Error(), string(order)+":")):
						t.Errorf("charge %s %d: %v", order, cents, err)
					case cents%7 != 0 && (err != nil || r.Order != order || r.Cents != cents):
						t.Errorf("charge %s %d: %v, %v", order, cents, r, err)
					}
				}
			})
		}
		callers.Wait()
	}},
	{"a binding cannot be opened as another kind, and another kind not as a service", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{})
		f.client(t)
		_, err := f.caller.Lookup("pay", bindings.KV)
		code(t, "as kv", err, bindings.Unimplemented)
		_, err = payments.OpenService(t.Context(), f.caller, "pey")
		code(t, "under another name", err, bindings.NotFound)
	}},
}

// equal compares receipts. Times are equal if they are the same instant and offset.
func equal(t *testing.T, got, want payments.Receipt) {
	t.Helper()
	if !got.At.Equal(want.At) {
		t.Errorf("time is %v, want %v", got.At, want.At)
	}
	got.At, want.At = time.Time{}, time.Time{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// code checks the code of an error.
func code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	if got := bindings.Code(err); got != want {
		t.Fatalf("%s: error is %q (%v), want %q", what, got, err, want)
	}
}
