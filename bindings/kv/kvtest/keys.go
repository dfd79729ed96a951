package kvtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// awkward are keys that some provider's server would not take, or take for something else.
var awkward = []string{
	"", " ", ".", "..", "...", "a.b", ".a", "a.", "a..b", "*", ">", "a.*", "a.>", "?", "[a]", "a*b", "\\", "%", "_", "a_b", "%2e", "%00",
	"=", "=41", "_41", "/", "//", "a/b", "a//b", "/a", "a/", "../a", "a b", "\t\r\n", "\x00", "a\x00b", "\x7f", "\xff", "\xff\xff", "é", "日本語",
	"A", "a", "$1", "{a}", "a:b", "::", "'", `"`, "`", ";--", "#", "&", "+", "-", "~", "CON", "nul", strings.Repeat("k", 1024),
	strings.Repeat("/", 1024),
}

var keyCases = []testCase{
	{"a key may be any bytes", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		for i, key := range awkward {
			set(t, s, key, fmt.Sprint("value ", i))
		}
		for i, key := range awkward {
			has(t, s, key, fmt.Sprint("value ", i))
		}
	}},
	{"any key is listed as it is", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		for _, key := range awkward {
			set(t, s, key, "v")
		}
		lists(t, s, "", awkward...)
	}},
	{"any key can be deleted alone", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		for _, key := range awkward {
			set(t, s, key, "v")
		}
		left := len(awkward)
		for _, key := range awkward[:20] {
			if err := s.Delete(f.Ctx, key); err != nil {
				t.Fatalf("delete %q: %v", key, err)
			}
			left--
		}
		lists(t, s, "", awkward[len(awkward)-left:]...)
	}},
	{"a key that is too long is refused", func(t *testing.T, f *fixture) {
		_, err := f.store(t, entries).Set(f.Ctx, strings.Repeat("k", 1025), "v")
		code(t, "set", err, bindings.FailedPrecondition)
	}},
	{"the case of a key counts", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "Key", "upper")
		set(t, s, "key", "lower")
		has(t, s, "Key", "upper")
		has(t, s, "key", "lower")
	}},
	{"a key may be a number", func(t *testing.T, f *fixture) {
		s := typed[int32, string](t, f, entries)
		for _, key := range []int32{-7, 0, 1 << 30} {
			if _, err := s.Set(f.Ctx, key, fmt.Sprint(key)); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get(f.Ctx, key); err != nil || got != fmt.Sprint(key) {
				t.Fatalf("get %d is %q, %v", key, got, err)
			}
		}
		for key, err := range s.Keys(f.Ctx, "-") {
			if err != nil || key != -7 {
				t.Fatalf("key with prefix - is %d, %v; want -7", key, err)
			}
		}
	}},
	{"a key may have a text form", func(t *testing.T, f *fixture) {
		s := typed[place, string](t, f, entries)
		if _, err := s.Set(f.Ctx, place{1, 2}, "v"); err != nil {
			t.Fatal(err)
		}
		has(t, f.store(t, entries), "1|2", "v")
		for key, err := range s.Keys(f.Ctx, "") {
			if err != nil || key != (place{1, 2}) {
				t.Fatalf("key is %v, %v; want {1 2}", key, err)
			}
		}
		_, err := s.Get(f.Ctx, place{-1, 0})
		code(t, "get a key without text", err, bindings.FailedPrecondition)
	}},
	{"a key of a named type is its text", func(t *testing.T, f *fixture) {
		type id string
		if _, err := typed[id, string](t, f, entries).Set(f.Ctx, "7", "v"); err != nil {
			t.Fatal(err)
		}
		has(t, f.store(t, entries), "7", "v")
	}},
}

// place is a key with a text form.
type place struct{ x, y int }

func (p place) MarshalText() ([]byte, error) {
	if p.x < 0 {
		return nil, errors.New("no such place")
	}
	return fmt.Appendf(nil, "%d|%d", p.x, p.y), nil
}

func (p *place) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%d|%d", &p.x, &p.y)
	return err
}
