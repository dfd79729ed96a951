package blobtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// awkward are keys that some provider's server would not take, or take for something else.
var awkward = []string{
	" ", ".", "..", "../up", "a.b", "*", ">", "a*b", "?", "[a]", "\\", "%", "%2e", "_", "_41", "/", "//", "a/b", "a//b", "/a", "a/", "a", "A",
	"\t\r\n", "\x00", "\xff", "\xff\xfe", "é", "日本語", "$O", "CON", "a.blob", "t", "x", `"'`, strings.Repeat("k", 1024),
	strings.Repeat("/", 1024), strings.Repeat("\xff", 1024),
}

var keyCases = []testCase{
	{"a key may be any bytes", func(t *testing.T, f *fixture, b blob.Bucket) {
		for i, key := range awkward {
			put(t, b, key, fmt.Sprint("content ", i))
		}
		for i, key := range awkward {
			holds(t, b, key, fmt.Sprint("content ", i))
		}
		got, err := keysOf(f.Ctx, b, "")
		if want := slices.Sorted(slices.Values(awkward)); err != nil || !slices.Equal(got, want) {
			t.Errorf("list is %.300q, %v; want %.300q", got, err, want)
		}
		for _, key := range awkward {
			if err := b.Delete(f.Ctx, key); err != nil {
				t.Errorf("delete %.40q: %v", key, err)
			}
		}
		if got, err := keysOf(f.Ctx, b, ""); err != nil || len(got) != 0 {
			t.Errorf("list is %.300q, %v after all were deleted", got, err)
		}
	}},
	{"a key that is too long or empty is refused", func(t *testing.T, f *fixture, b blob.Bucket) {
		for _, key := range []string{"", strings.Repeat("k", 1025)} {
			_, err := b.WriteAll(f.Ctx, key, nil)
			providertest.Code(t, "put", err, bindings.FailedPrecondition)
			_, err = b.Stat(f.Ctx, key)
			providertest.Code(t, "stat", err, bindings.FailedPrecondition)
			providertest.Code(t, "delete", b.Delete(f.Ctx, key), bindings.FailedPrecondition)
		}
	}},
}

// everything lists by pages, and writes prefixes with a star.
func everything(t *testing.T, b blob.Bucket, prefix, delimiter string, limit int) (all []string) {
	t.Helper()
	for cursor := ""; ; {
		page, err := b.List(t.Context(), prefix, delimiter, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range page.Objects {
			all = append(all, info.Key)
		}
		for _, prefix := range page.Prefixes {
			all = append(all, prefix+"*")
		}
		if cursor = page.Cursor; cursor == "" {
			return all
		}
	}
}

var listCases = []testCase{
	{"a list of nothing is empty", func(t *testing.T, f *fixture, b blob.Bucket) {
		if got := everything(t, b, "", "", 10); len(got) != 0 {
			t.Errorf("list is %q", got)
		}
	}},
	{"a list has the objects of a prefix with their sizes", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "2026/1", "a")
		put(t, b, "2026/2", "bb")
		put(t, b, "2027/1", "ccc")
		page, err := b.List(f.Ctx, "2026/", "", "", 10)
		if err != nil || len(page.Objects) != 2 || page.Objects[0].Size+page.Objects[1].Size != 3 || !near(page.Objects[0].Modified) {
			t.Errorf("list is %+v, %v", page, err)
		}
	}},
	{"a delimiter makes folders", func(t *testing.T, f *fixture, b blob.Bucket) {
		for _, key := range []string{"a", "b/1", "b/2", "b/c/3", "d//4", "e"} {
			put(t, b, key, "v")
		}
		for _, c := range []struct {
			prefix, delimiter string
			want              []string
		}{
			{"", "/", []string{"a", "b/*", "d/*", "e"}},
			{"b/", "/", []string{"b/1", "b/2", "b/c/*"}},
			{"b", "/", []string{"b/*"}},
			{"d/", "/", []string{"d//*"}},
			{"", "//", []string{"a", "b/1", "b/2", "b/c/3", "d//*", "e"}},
			{"x", "/", nil},
		} {
			for _, limit := range []int{1, 2, 100} {
				got := everything(t, b, c.prefix, c.delimiter, limit)
				if slices.Sort(got); !slices.Equal(got, c.want) {
					t.Errorf("list %q by %q in pages of %d is %q, want %q", c.prefix, c.delimiter, limit, got, c.want)
				}
			}
		}
	}},
	{"pages make up the whole list", func(t *testing.T, f *fixture, b blob.Bucket) {
		var want []string
		for i := range 25 {
			key := fmt.Sprintf("k/%02d", i)
			put(t, b, key, "v")
			want = append(want, key)
		}
		for _, limit := range []int{1, 7, 25, 1000} {
			got := everything(t, b, "k/", "", limit)
			if f.abilities.Sorted && !slices.IsSorted(got) {
				t.Errorf("pages of %d are not sorted: %q", limit, got)
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("pages of %d are %q", limit, got)
			}
		}
		_, err := b.List(f.Ctx, "", "", "", 0)
		providertest.Code(t, "list with limit 0", err, bindings.FailedPrecondition)
	}},
	{"a deleted object is not listed", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "a", "v")
		put(t, b, "b", "v")
		if err := b.Delete(f.Ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if got := everything(t, b, "", "", 10); !slices.Equal(got, []string{"b"}) {
			t.Errorf("list is %q", got)
		}
	}},
}
