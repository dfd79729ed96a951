package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

var objectCases = []testCase{
	{"an object that was never put is NotFound", func(t *testing.T, f *fixture, b blob.Bucket) {
		nothing(t, b, "nothing")
		_, err := b.Stat(f.Ctx, "nothing")
		providertest.Code(t, "stat", err, bindings.NotFound)
		_, err = b.GetRange(f.Ctx, "nothing", 0, 1)
		providertest.Code(t, "get range", err, bindings.NotFound)
	}},
	{"what was put is read", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		holds(t, b, "k", "content")
	}},
	{"a second put replaces the first", func(t *testing.T, f *fixture, b blob.Bucket) {
		first := put(t, b, "k", "a longer content", blob.ContentType("text/plain"), blob.Metadata(map[string]string{"a": "1"}))
		second := put(t, b, "k", "short")
		holds(t, b, "k", "short")
		info, err := b.Stat(f.Ctx, "k")
		if err != nil || info.ContentType != "" || len(info.Metadata) != 0 {
			t.Errorf("stat is %+v, %v; want nothing of the first", info, err)
		}
		if first.ETag != "" && first.ETag == second.ETag {
			t.Errorf("both have the etag %q", first.ETag)
		}
	}},
	{"an empty object is an object", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "")
		holds(t, b, "k", "")
		if info, err := b.Stat(f.Ctx, "k"); err != nil || info.Size != 0 {
			t.Errorf("stat is %+v, %v", info, err)
		}
	}},
	{"a large object comes back whole", func(t *testing.T, f *fixture, b blob.Bucket) {
		content := pattern(5<<20 + 17)
		if _, err := b.Put(f.Ctx, "k", io.MultiReader(strings.NewReader(content[:100]), strings.NewReader(content[100:]))); err != nil {
			t.Fatal(err)
		}
		holds(t, b, "k", content)
	}},
	{"an object is described as it was put", func(t *testing.T, f *fixture, b blob.Bucket) {
		metadata := map[string]string{"order": "7", "note": "ä, \"b\""}
		put(t, b, "k", "content", blob.ContentType("text/plain; charset=utf-8"), blob.Metadata(metadata))
		check := func(what string, info blob.Info) {
			t.Helper()
			if info.Key != "k" || info.Size != 7 || info.ContentType != "text/plain; charset=utf-8" || !maps.Equal(info.Metadata, metadata) ||
				!near(info.Modified) {
				t.Errorf("%s is %+v", what, info)
			}
		}
		info, err := b.Stat(f.Ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		check("stat", info)
		r, err := b.Get(f.Ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		check("get", r.Info)
		if r.Info.ETag != info.ETag {
			t.Errorf("etags of one object are %q and %q", info.ETag, r.Info.ETag)
		}
	}},
	{"a deleted object is NotFound", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		if err := b.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		nothing(t, b, "k")
		put(t, b, "k", "again")
		holds(t, b, "k", "again")
	}},
	{"deleting nothing is no error", func(t *testing.T, f *fixture, b blob.Bucket) {
		if err := b.Delete(f.Ctx, "nothing"); err != nil {
			t.Fatal(err)
		}
	}},
	{"who writes reads it at once", func(t *testing.T, f *fixture, b blob.Bucket) {
		if providertest.Undeclared(t, f.abilities.ReadYourWrites, "read your writes") {
			return
		}
		for i := range 10 {
			put(t, b, "k", fmt.Sprint(i))
			holds(t, f.bucket(t, objects), "k", fmt.Sprint(i))
		}
	}},
	{"objects outlive the platform", func(t *testing.T, f *fixture, b blob.Bucket) {
		if !f.H.Reopen {
			t.Log("not durable")
			return
		}
		put(t, b, "k", "content")
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		_, err := b.Stat(f.Ctx, "k")
		providertest.Code(t, "stat after close", err, bindings.Unavailable)
		f.Reopen(t)
		holds(t, f.bucket(t, objects), "k", "content")
	}},
}

// part reads a part of an object.
func part(b blob.Bucket, ctx context.Context, offset, length int64) (string, error) {
	r, err := b.GetRange(ctx, "k", offset, length)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(r)
	return string(data), errors.Join(err, r.Close())
}

var rangeCases = []testCase{
	{"a part is read alone", func(t *testing.T, f *fixture, b blob.Bucket) {
		content := pattern(300 << 10)
		put(t, b, "k", content)
		size := int64(len(content))
		for _, c := range []struct{ offset, length, want int64 }{
			{0, 10, 10}, {5, 1, 1}, {0, -1, size}, {size - 3, -1, 3}, {100, 0, 0}, {128<<10 - 2, 4, 4}, {200 << 10, 50 << 10, 50 << 10},
			{size - 3, 100, 3}, {0, size + 1, size}, {size, 10, 0}, {size, -1, 0},
		} {
			got, err := part(b, f.Ctx, c.offset, c.length)
			if want := content[c.offset : c.offset+c.want]; err != nil || got != want {
				t.Errorf("%d bytes from %d are %d bytes, %v; want %d", c.length, c.offset, len(got), err, len(want))
			}
		}
	}},
	{"a part tells the size of the whole", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		r, err := b.GetRange(f.Ctx, "k", 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if r.Info.Size != 7 {
			t.Errorf("size is %d, want 7", r.Info.Size)
		}
	}},
	{"a part outside the object is refused", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		for _, offset := range []int64{-1, 8} {
			_, err := part(b, f.Ctx, offset, 1)
			providertest.Code(t, fmt.Sprint("get from ", offset), err, bindings.FailedPrecondition)
		}
	}},
	{"a reader may be closed before its end", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", pattern(1<<20))
		r, err := b.Get(f.Ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Fatal(err)
		}
	}},
	{"reading ends with its context", func(t *testing.T, f *fixture, b blob.Bucket) {
		if f.H.Around != nil {
			t.Log("in memory a reader has all it needs")
			return
		}
		put(t, b, "k", pattern(1<<20))
		ctx, cancel := context.WithCancel(f.Ctx)
		r, err := b.Get(ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		cancel()
		_, err = io.Copy(io.Discard, r)
		providertest.Code(t, "read", err, bindings.Canceled)
	}},
	{"an object that is replaced is never read half and half", func(t *testing.T, f *fixture, b blob.Bucket) {
		a, z := strings.Repeat("a", 600<<10), strings.Repeat("z", 600<<10)
		put(t, b, "k", a)
		r, err := b.Get(f.Ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		head := make([]byte, 10)
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		put(t, b, "k", z)
		rest, err := io.ReadAll(r)
		if err == nil && string(head)+string(rest) != a || bytes.Contains(rest, []byte("z")) {
			t.Errorf("%d bytes were read, %v; want the old object, or an error", len(rest), err)
		}
		holds(t, b, "k", z)
	}},
}
