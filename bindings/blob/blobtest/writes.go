package blobtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

var writeCases = []testCase{
	{"a put that fails leaves what was there", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		for _, key := range []string{"k", "new"} {
			_, err := b.Put(f.Ctx, key, &broken{r: strings.NewReader(pattern(300 << 10)), err: errBroken})
			if !errors.Is(err, errBroken) {
				t.Errorf("put is %v, want the reader's error", err)
			}
		}
		holds(t, b, "k", "content")
		nothing(t, b, "new")
		if keys, err := keysOf(f.Ctx, b, ""); err != nil || len(keys) != 1 {
			t.Errorf("list is %q, %v; want k alone", keys, err)
		}
	}},
	{"a put that is canceled leaves what was there", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		ctx, cancel := context.WithCancel(f.Ctx)
		_, err := b.Put(ctx, "k", &broken{r: strings.NewReader(pattern(300 << 10)), stop: cancel})
		providertest.Code(t, "put", err, bindings.Canceled)
		holds(t, b, "k", "content")
	}},
	{"put if absent writes where there is nothing", func(t *testing.T, f *fixture, b blob.Bucket) {
		if providertest.Undeclared(t, f.abilities.IfAbsent, "if absent") {
			return
		}
		put(t, b, "k", "one", blob.IfAbsent())
		_, err := b.WriteAll(f.Ctx, "k", []byte("two"), blob.IfAbsent())
		providertest.Code(t, "put", err, bindings.AlreadyExists)
		holds(t, b, "k", "one")
		if err := b.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		put(t, b, "k", "three", blob.IfAbsent())
		holds(t, b, "k", "three")
	}},
	{"one of many that put if absent wins", func(t *testing.T, f *fixture, b blob.Bucket) {
		if providertest.Undeclared(t, f.abilities.IfAbsent, "if absent") {
			return
		}
		var won atomic.Int32
		together(8, func(i int) {
			_, err := b.WriteAll(f.Ctx, "k", []byte(fmt.Sprint(i)), blob.IfAbsent())
			if err == nil {
				won.Add(1)
			} else if bindings.Code(err) != bindings.AlreadyExists {
				t.Errorf("put: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d of 8 have put it, want 1", won.Load())
		}
	}},
	{"one of many puts is there as a whole", func(t *testing.T, f *fixture, b blob.Bucket) {
		together(6, func(i int) {
			if _, err := b.WriteAll(f.Ctx, "k", []byte(strings.Repeat(fmt.Sprint(i), 200<<10))); err != nil {
				t.Errorf("put: %v", err)
			}
		})
		got, err := b.ReadAll(f.Ctx, "k")
		if err != nil || len(got) != 200<<10 || strings.Trim(string(got), string(got[:1])) != "" {
			t.Errorf("%d bytes are read, %v; want those of one put", len(got), err)
		}
	}},
	{"a copy is the same", func(t *testing.T, f *fixture, b blob.Bucket) {
		content := pattern(300 << 10)
		put(t, b, "from", content, blob.ContentType("text/plain"), blob.Metadata(map[string]string{"a": "1"}))
		info, err := b.Copy(f.Ctx, "to/1", "from")
		if err != nil || info.Key != "to/1" || info.Size != int64(len(content)) || info.ContentType != "text/plain" ||
			!maps.Equal(info.Metadata, map[string]string{"a": "1"}) {
			t.Fatalf("copy is %+v, %v", info, err)
		}
		holds(t, b, "to/1", content)
		if err := b.Delete(f.Ctx, "from"); err != nil {
			t.Fatal(err)
		}
		holds(t, b, "to/1", content)
	}},
	{"a copy replaces what was there", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "from", "one")
		put(t, b, "to", "two")
		if f.abilities.IfAbsent {
			_, err := b.Copy(f.Ctx, "to", "from", blob.IfAbsent())
			providertest.Code(t, "copy if absent", err, bindings.AlreadyExists)
			holds(t, b, "to", "two")
		}
		if _, err := b.Copy(f.Ctx, "to", "from"); err != nil {
			t.Fatal(err)
		}
		holds(t, b, "to", "one")
		if _, err := b.Copy(f.Ctx, "to", "to"); err != nil {
			t.Fatalf("copy onto itself: %v", err)
		}
		holds(t, b, "to", "one")
	}},
	{"a copy of nothing is NotFound", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "to", "two")
		_, err := b.Copy(f.Ctx, "to", "nothing")
		providertest.Code(t, "copy", err, bindings.NotFound)
		holds(t, b, "to", "two")
	}},
	{"a canceled operation does nothing", func(t *testing.T, f *fixture, b blob.Bucket) {
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		_, err := b.WriteAll(ctx, "k", []byte("content"))
		providertest.Code(t, "put", err, bindings.Canceled)
		nothing(t, b, "k")
	}},
	{"what is not declared is refused", func(t *testing.T, f *fixture, b blob.Bucket) {
		put(t, b, "k", "content")
		_, err := b.SignedURL(f.Ctx, "GET", "k", time.Minute)
		want := bindings.Unimplemented
		if f.abilities.SignedURL {
			want = bindings.OK
		}
		providertest.Code(t, "sign", err, want)
		want = bindings.Unimplemented
		if f.abilities.IfAbsent {
			want = bindings.OK
		}
		_, err = b.WriteAll(f.Ctx, "new", nil, blob.IfAbsent())
		providertest.Code(t, "put if absent", err, want)
	}},
}
