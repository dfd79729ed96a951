package kvtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// pages lists keys with a limit, as they come.
func pages(t *testing.T, s store, prefix string, limit int) (all []string) {
	t.Helper()
	for cursor := ""; ; {
		page, err := s.List(t.Context(), prefix, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Keys...)
		if cursor = page.Cursor; cursor == "" {
			return all
		}
	}
}

// fill sets keys "user/000" to "user/<n-1>".
func fill(t *testing.T, s store, n int) (all []string) {
	t.Helper()
	entries := make([]kv.Entry[string, string], n)
	for i := range n {
		entries[i] = kv.Entry[string, string]{Key: fmt.Sprintf("user/%03d", i), Value: "v"}
		all = append(all, entries[i].Key)
	}
	if err := s.SetMany(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	return all
}

var listCases = []testCase{
	{"a list of nothing is empty", func(t *testing.T, f *fixture) {
		lists(t, f.store(t, entries), "")
		lists(t, f.store(t, entries), "user/")
	}},
	{"a prefix is bytes and not tokens", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		for _, key := range []string{"us", "user", "user/1", "user/10", "user/1/a", "user.1", "users/1", "User/1"} {
			set(t, s, key, "v")
		}
		lists(t, s, "user/1", "user/1", "user/10", "user/1/a")
		lists(t, s, "user/", "user/1", "user/10", "user/1/a")
		lists(t, s, "use", "user", "user/1", "user/10", "user/1/a", "user.1", "users/1")
		lists(t, s, "user/1/", "user/1/a")
		lists(t, s, "x")
	}},
	{"wildcards in a prefix stand for themselves", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		keys := []string{"*a", "?a", "[a-z]a", "%a", "_a", ">a", ".a", "\\a", "xa", "", "/a"}
		for _, key := range keys {
			set(t, s, key, "v")
		}
		for _, key := range keys[:8] {
			lists(t, s, key[:len(key)-1], key)
		}
		lists(t, s, "\xff")
	}},
	{"pages make up the whole list", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		want := fill(t, s, 100)
		set(t, s, "other", "v")
		for _, limit := range []int{1, 7, 100, 1000} {
			got := pages(t, s, "user/", limit)
			if f.abilities.Sorted && !slices.Equal(got, want) {
				t.Fatalf("pages of %d are not the sorted list: %q", limit, got)
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, want) {
				t.Fatalf("pages of %d have %d keys, want %d", limit, len(got), len(want))
			}
		}
	}},
	{"a list is in the order of bytes", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Sorted, "sorted lists") {
			return
		}
		s := f.store(t, entries)
		for _, key := range awkward {
			set(t, s, key, "v")
		}
		for _, limit := range []int{1, 10, 1000} {
			if got := pages(t, s, "", limit); !slices.IsSorted(got) || len(got) != len(awkward) {
				t.Fatalf("pages of %d have %d keys of %d and must be sorted: %q", limit, len(got), len(awkward), got)
			}
		}
	}},
	{"a deleted key is not listed", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "a", "v")
		set(t, s, "b", "v")
		if err := s.Delete(f.Ctx, "a"); err != nil {
			t.Fatal(err)
		}
		lists(t, s, "", "b")
	}},
	{"keys that stay are listed while others go", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		want := fill(t, s, 60)
		seen := map[string]bool{}
		for cursor := ""; ; {
			page, err := s.List(f.Ctx, "user/", cursor, 5)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range page.Keys {
				seen[key] = true
				if err := s.Delete(f.Ctx, key); err != nil {
					t.Fatal(err)
				}
			}
			if cursor = page.Cursor; cursor == "" {
				break
			}
		}
		for _, key := range want {
			if !seen[key] {
				t.Errorf("%s was there all the time and is not listed", key)
			}
		}
	}},
	{"a limit must be positive", func(t *testing.T, f *fixture) {
		_, err := f.store(t, entries).List(f.Ctx, "", "", 0)
		code(t, "list", err, bindings.FailedPrecondition)
	}},
}

var manyCases = []testCase{
	{"get many has what exists in order", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		b := set(t, s, "b", "two")
		set(t, s, "a.*", "one")
		got, err := s.GetMany(f.Ctx, "x", "b", "", "a.*")
		if err != nil || len(got) != 2 || got[0] != (kv.Entry[string, string]{Key: "b", Value: "two", Revision: b}) || got[1].Value != "one" {
			t.Fatalf("get many is %v, %v; want b and a.*", got, err)
		}
		if got, err := s.GetMany(f.Ctx); err != nil || len(got) != 0 {
			t.Fatalf("get many of nothing is %v, %v", got, err)
		}
	}},
	{"set many sets all", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "user/001", "old")
		fill(t, s, 150)
		has(t, s, "user/000", "v")
		has(t, s, "user/001", "v")
		has(t, s, "user/149", "v")
		if err := s.SetMany(f.Ctx, nil); err != nil {
			t.Fatalf("set many of nothing: %v", err)
		}
	}},
	{"set many gives revisions that differ", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		fill(t, s, 3)
		got, err := s.GetMany(f.Ctx, "user/000", "user/001", "user/002")
		if err != nil || len(got) != 3 {
			t.Fatalf("get many is %v, %v", got, err)
		}
		if a, b, c := got[0].Revision, got[1].Revision, got[2].Revision; a == b || b == c || a == c || a*b*c == 0 {
			t.Errorf("revisions are %d, %d, %d", a, b, c)
		}
	}},
	fades("what set many sets expires", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		err := s.SetMany(f.Ctx, []kv.Entry[string, string]{{Key: "a", Value: "one"}, {Key: "b", Value: "two"}}, kv.TTL(ttl))
		if err != nil {
			t.Fatal(err)
		}
		expired(t, f, s, "a", ttl)
		expired(t, f, s, "b", ttl)
	}),
	{"set many is never if absent", func(t *testing.T, f *fixture) {
		err := f.store(t, entries).SetMany(f.Ctx, []kv.Entry[string, string]{{Key: "a"}}, kv.IfAbsent())
		code(t, "set many", err, bindings.FailedPrecondition)
	}},
}
