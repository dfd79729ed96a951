package kvtest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

var valueCases = []testCase{
	{"a key that was never set is NotFound", func(t *testing.T, f *fixture) {
		lacks(t, f.store(t, entries), "nothing")
	}},
	{"what was set is read", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		has(t, s, "k", "one")
	}},
	{"a second set replaces the first", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		set(t, s, "k", "two")
		has(t, s, "k", "two")
	}},
	{"a deleted key is NotFound", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		lacks(t, s, "k")
	}},
	{"deleting nothing is no error", func(t *testing.T, f *fixture) {
		if err := f.store(t, entries).Delete(f.Ctx, "nothing"); err != nil {
			t.Fatal(err)
		}
	}},
	{"an empty value is a value", func(t *testing.T, f *fixture) {
		s := typed[string, []byte](t, f, entries)
		for _, value := range [][]byte{nil, {}} {
			if _, err := s.Set(f.Ctx, "k", value); err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(f.Ctx, "k")
			if err != nil || len(got) != 0 {
				t.Fatalf("get is %q, %v; want an empty value", got, err)
			}
		}
		page, err := s.List(f.Ctx, "", "", 10)
		for err == nil && len(page.Keys) == 0 && page.Cursor != "" {
			page, err = s.List(f.Ctx, "", page.Cursor, 10)
		}
		if err != nil || len(page.Keys) != 1 {
			t.Fatalf("list is %q, %v; want the key of the empty value", page.Keys, err)
		}
	}},
	{"a large value comes back whole", func(t *testing.T, f *fixture) {
		s := typed[string, []byte](t, f, entries)
		value := bytes.Repeat([]byte("0123456789abcde\n"), 900<<10/16)
		if _, err := s.Set(f.Ctx, "k", value); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(f.Ctx, "k"); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("get is %d bytes, %v; want %d", len(got), err, len(value))
		}
	}},
	{"a value over the limit is ResourceExhausted", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.MaxValue > 0, "a limit of values") {
			return
		}
		s := typed[string, []byte](t, f, entries)
		_, err := s.Set(f.Ctx, "k", make([]byte, f.abilities.MaxValue+1))
		code(t, "set", err, bindings.ResourceExhausted)
		if _, err := s.Set(f.Ctx, "k", make([]byte, f.abilities.MaxValue)); err != nil {
			t.Fatalf("set a value of the greatest length: %v", err)
		}
	}},
	{"a value may be any bytes", func(t *testing.T, f *fixture) {
		s := typed[string, []byte](t, f, entries)
		var value []byte
		for i := range 512 {
			value = append(value, byte(i))
		}
		if _, err := s.Set(f.Ctx, "k", value); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(f.Ctx, "k"); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("get is %x, %v; want %x", got, err, value)
		}
	}},
	{"a value may be changed after it was set or read", func(t *testing.T, f *fixture) {
		s := typed[string, []byte](t, f, entries)
		value := []byte("one")
		if _, err := s.Set(f.Ctx, "k", value); err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		got, err := s.Get(f.Ctx, "k")
		if err != nil || string(got) != "one" {
			t.Fatalf("get is %q, %v; want what it was when it was set", got, err)
		}
		got[0] = 'Y'
		if got, err := s.Get(f.Ctx, "k"); err != nil || string(got) != "one" {
			t.Fatalf("get is %q, %v; want what was set", got, err)
		}
	}},
	{"a struct comes back as it was", func(t *testing.T, f *fixture) {
		type cart struct {
			Items map[string]int
			Since time.Time
		}
		s := typed[string, cart](t, f, entries)
		want := cart{map[string]int{"tea": 2}, time.Unix(1700000000, 0).UTC()}
		if _, err := s.Set(f.Ctx, "k", want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(f.Ctx, "k")
		if err != nil || got.Items["tea"] != 2 || !got.Since.Equal(want.Since) {
			t.Fatalf("get is %v, %v; want %v", got, err, want)
		}
	}},
	{"a value of another type is an error", func(t *testing.T, f *fixture) {
		set(t, f.store(t, entries), "k", "text")
		n, err := typed[string, int](t, f, entries).Get(f.Ctx, "k")
		if err == nil || bindings.Retryable(err) {
			t.Fatalf("get is %d, %v; want an error that no retry helps", n, err)
		}
		if !strings.HasPrefix(err.Error(), "get entries: decode value: ") {
			t.Errorf("error is %q, want what could not be decoded", err)
		}
	}},
	{"who writes reads it at once", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.ReadYourWrites, "read your writes") {
			return
		}
		s, again := f.store(t, entries), f.store(t, entries)
		for i := range 50 {
			value := strings.Repeat("x", i+1)
			set(t, s, "k", value)
			has(t, again, "k", value)
		}
	}},
	{"a canceled operation does nothing", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		_, err := s.Set(ctx, "k", "one")
		code(t, "set", err, bindings.Canceled)
		lacks(t, s, "k")
		_, err = s.Get(ctx, "k")
		code(t, "get", err, bindings.Canceled)
	}},
	{"an operation past its deadline is DeadlineExceeded", func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithDeadline(f.Ctx, time.Now().Add(-time.Second))
		defer cancel()
		_, err := f.store(t, entries).Get(ctx, "k")
		code(t, "get", err, bindings.DeadlineExceeded)
		if bindings.Retryable(err) {
			t.Error("the error must not be retryable: the deadline will not come back")
		}
	}},
	{"an operation whose deadline passes under way is DeadlineExceeded, and a canceled one Canceled", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		for i := range 400 { // at moments that are spread over what an operation takes
			after := time.Duration(i) * time.Microsecond
			want := bindings.DeadlineExceeded
			ctx, cancel := context.WithTimeout(f.Ctx, after)
			if i%2 == 1 {
				want = bindings.Canceled
				ctx, cancel = context.WithCancel(f.Ctx)
				time.AfterFunc(after, cancel)
			}
			got, err := s.Get(ctx, "k")
			if err == nil && got != "one" {
				t.Fatalf("get is %q", got)
			}
			if err == nil {
				_, err = s.Set(ctx, "other", "two")
			}
			cancel()
			if err != nil && bindings.Code(err) != want {
				t.Fatalf("after %v: error is %v (%v), want %v", after, err, bindings.Code(err), want)
			}
		}
		has(t, s, "k", "one") // nobody gets another one's answer
	}},
}
