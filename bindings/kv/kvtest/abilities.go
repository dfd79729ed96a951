package kvtest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// refused checks that an operation is refused exactly if its ability is not declared.
func refused(t *testing.T, name string, declared bool, err error) {
	t.Helper()
	switch got := bindings.Code(err); {
	case declared && got != bindings.OK:
		t.Errorf("%s is declared, but fails: %v", name, err)
	case !declared && got != bindings.Unimplemented:
		t.Errorf("%s is not declared, but is not refused: %v", name, err)
	}
}

var abilityCases = []testCase{
	{"what is not declared is refused", func(t *testing.T, f *fixture) {
		s, a := f.store(t, entries), f.abilities
		r := set(t, s, "k", "1")
		_, err := s.CompareAndSwap(f.Ctx, "k", r, "2")
		refused(t, "compare and swap", a.CompareAndSwap, err)
		r = set(t, s, "k", "1")
		refused(t, "compare and delete", a.CompareAndSwap, s.CompareAndDelete(f.Ctx, "k", r))
		_, err = s.Increment(f.Ctx, "number", 1)
		refused(t, "increment", a.Increment, err)
		w, err := s.Watch(f.Ctx, "")
		if refused(t, "watch", a.Watch, err); err == nil {
			w.Stop()
		}
		_, err = s.Set(f.Ctx, "k", "v", kv.TTL(time.Hour))
		refused(t, "time to live", a.TTL, err)
		refused(t, "time to live of many", a.TTL, s.SetMany(f.Ctx, []kv.Entry[string, string]{{Key: "k"}}, kv.TTL(time.Hour)))
		_, err = kv.Open[string, string](f.Ctx, f.Platform, fading)
		refused(t, "the option ttl", a.TTL, err)
	}},
	{"a refusal is not worth a retry", func(t *testing.T, f *fixture) {
		if err := error(&bindings.Error{Code: bindings.Unimplemented}); bindings.Retryable(err) {
			t.Error("an unimplemented operation must not be retried")
		}
		_, err := kv.Open[string, string](f.Ctx, f.Platform, "entris")
		code(t, "open", err, bindings.NotFound)
		if !strings.Contains(err.Error(), `did you mean "entries"?`) {
			t.Errorf("error is %q, want the name that was meant", err)
		}
	}},
	{"a key type without text is refused when it is opened", func(t *testing.T, f *fixture) {
		if _, err := kv.Open[struct{ X int }, string](f.Ctx, f.Platform, entries); err == nil {
			t.Error("a struct must not be a key type")
		}
	}},
	{"an idempotency store keeps the first result", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.CompareAndSwap, "compare and swap") {
			_, err := kv.Idempotency(typed[string, []byte](t, f, entries)).PutIfAbsent(f.Ctx, "k", nil, 0)
			refused(t, "an idempotency store", false, err)
			return
		}
		s := kv.Idempotency(typed[string, []byte](t, f, entries))
		if _, ok, err := s.Get(f.Ctx, "k"); ok || err != nil {
			t.Fatalf("get is %v, %v before anything is put", ok, err)
		}
		ttl := time.Duration(0)
		if f.abilities.TTL {
			ttl = f.unit()
		}
		for i, want := range []bool{true, false} {
			if put, err := s.PutIfAbsent(f.Ctx, "k", []byte{byte(i)}, ttl); put != want || err != nil {
				t.Fatalf("put %d is %v, %v; want %v", i, put, err, want)
			}
		}
		if value, ok, err := s.Get(f.Ctx, "k"); !ok || err != nil || len(value) != 1 || value[0] != 0 {
			t.Fatalf("get is %v, %v, %v; want the first result", value, ok, err)
		}
		if ttl != 0 {
			expired(t, f, f.store(t, entries, kv.Codec(bindings.Raw{})), "k", ttl)
		} else if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		if put, err := s.PutIfAbsent(f.Ctx, "k", []byte("again"), 0); !put || err != nil {
			t.Fatalf("put is %v, %v afterwards", put, err)
		}
		if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
	}},
	{"an idempotency store is a fence", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.CompareAndSwap, "compare and swap") {
			return
		}
		s := kv.Idempotency(typed[string, []byte](t, f, entries))
		first, second, result := []byte("claim 1"), []byte("claim 2"), []byte("result")
		is := func(want []byte) {
			t.Helper()
			if value, ok, err := s.Get(f.Ctx, "k"); ok != (want != nil) || err != nil || !bytes.Equal(value, want) {
				t.Fatalf("get is %q, %v, %v; want %q", value, ok, err, want)
			}
		}
		does := func(what string, want bool, done bool, err error) {
			t.Helper()
			if done != want || err != nil {
				t.Fatalf("%s is %v, %v; want %v", what, done, err, want)
			}
		}
		swap := func(old, value []byte, want bool) {
			t.Helper()
			done, err := s.CompareAndSwap(f.Ctx, "k", old, value, 0)
			does(fmt.Sprintf("swap %q", old), want, done, err)
		}
		remove := func(old []byte, want bool) {
			t.Helper()
			done, err := s.CompareAndDelete(f.Ctx, "k", old)
			does(fmt.Sprintf("delete %q", old), want, done, err)
		}
		put := func(value []byte) {
			t.Helper()
			done, err := s.PutIfAbsent(f.Ctx, "k", value, 0)
			does(fmt.Sprintf("put %q", value), true, done, err)
		}
		swap(first, result, false)
		remove(first, false)
		put(first)
		remove(second, false)
		swap(second, result, false)
		is(first)
		remove(first, true)
		is(nil)
		put(second) // the first has outlived its lease
		remove(first, false)
		swap(first, []byte("late"), false)
		is(second)
		swap(second, result, true)
		swap(second, []byte("late"), false)
		remove(second, false)
		is(result)
		if f.abilities.TTL {
			done, err := s.CompareAndSwap(f.Ctx, "k", result, first, f.unit())
			does("swap with a time", true, done, err)
			expired(t, f, f.store(t, entries, kv.Codec(bindings.Raw{})), "k", f.unit())
			swap(first, result, false)
			remove(first, false)
		}
	}},
}

var lifeCases = []testCase{
	// Fails if the access keeps a store whose bucket is gone, or the provider does not say that it is.
	{"what vanished from the server is made again", func(t *testing.T, f *fixture) {
		if f.H.Clean == nil {
			t.Log("the provider's tests remove nothing under way")
			return
		}
		s := f.store(t, entries)
		ofTenant := f.store(t, tenants)
		tenant := bindings.WithTenant(f.Ctx, "acme")
		set(t, s, "k", "one")
		if _, err := ofTenant.Set(tenant, "k", "one"); err != nil {
			t.Fatal(err)
		}
		f.H.Clean(t, f.Namespace)
		// The first write may report it, by a code that lets it be retried.
		if _, err := s.Set(f.Ctx, "other", "one"); err != nil && !bindings.Retryable(err) {
			t.Errorf("set after all vanished: %v, want that it is written or to be tried again", err)
		}
		if _, err := ofTenant.Set(tenant, "other", "one"); err != nil && !bindings.Retryable(err) {
			t.Errorf("set after all of a tenant vanished: %v, want that it is written or to be tried again", err)
		}
		lacks(t, s, "k")
		set(t, s, "k", "two")
		has(t, s, "k", "two")
		if _, err := ofTenant.Set(tenant, "k", "two"); err != nil {
			t.Fatal(err)
		}
	}},
	{"every binding is healthy", func(t *testing.T, f *fixture) {
		answers := f.Platform.Health(f.Ctx)
		if len(answers) != 6 {
			t.Errorf("%d answers, want one for each of 6 bindings", len(answers))
		}
		for _, h := range answers {
			if h.Err != nil {
				t.Errorf("%s: %v", h.Binding, h.Err)
			}
		}
	}},
	{"a closed platform refuses operations", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "v")
		if err := f.Platform.Close(f.Ctx); err != nil {
			t.Fatal(err)
		}
		_, err := s.Get(f.Ctx, "k")
		code(t, "get", err, bindings.Unavailable)
		if err := f.Platform.Close(f.Ctx); err != nil {
			t.Errorf("second close: %v", err)
		}
	}},
	{"a watch ends when the platform is closed", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Watch, "watch") {
			return
		}
		w := watch(t, f.store(t, entries), "")
		ended := make(chan error, 1)
		go func() {
			_, err := w.Next(f.Ctx)
			ended <- err
		}()
		time.Sleep(20 * time.Millisecond) // so that it waits; if not, it must end all the same
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		code(t, "next", <-ended, bindings.Canceled)
	}},
	{"entries outlive the platform", func(t *testing.T, f *fixture) {
		if !f.H.Reopen {
			t.Log("not durable")
			return
		}
		r := set(t, f.store(t, entries), "k", "v")
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		s := f.store(t, entries)
		if e, err := s.Entry(f.Ctx, "k"); err != nil || e.Value != "v" || e.Revision != r {
			t.Fatalf("entry is %v, %v; want revision %d", e, err, r)
		}
		if next := set(t, s, "k", "w"); next == r || f.abilities.Ordered && next < r {
			t.Errorf("revision after opening again is %d, before it was %d", next, r)
		}
	}},
	{"time goes on while the platform is closed", func(t *testing.T, f *fixture) {
		if !f.H.Reopen || undeclared(t, f.abilities.TTL, "time to live") {
			return
		}
		set(t, f.store(t, entries), "k", "v", kv.TTL(f.unit()))
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		expired(t, f, f.store(t, entries), "k", f.unit())
	}},
	{"entries survive a restart of the server", func(t *testing.T, f *fixture) {
		if f.H.Restart == nil {
			t.Log("no server to restart")
			return
		}
		s := f.store(t, entries)
		r := set(t, s, "k", "v")
		f.H.Restart(t, f.URL)
		deadline := time.Now().Add(20 * time.Second)
		e, err := s.Entry(f.Ctx, "k")
		for err != nil && bindings.Retryable(err) && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
			e, err = s.Entry(f.Ctx, "k")
		}
		if err != nil || e.Value != "v" || e.Revision != r {
			t.Fatalf("entry is %v, %v after the restart; want revision %d", e, err, r)
		}
		if e, err := s.CompareAndSwap(f.Ctx, "k", r, "w"); err != nil || e.Value != "w" {
			t.Fatalf("swap is %v, %v after the restart", e, err)
		}
	}},
	{"what was answered before a restart is there after it", func(t *testing.T, f *fixture) {
		if f.H.Restart == nil {
			t.Log("no server to restart")
			return
		}
		s := f.store(t, entries)
		ctx, stop := context.WithCancel(f.Ctx)
		written := make(chan []string)
		go func() {
			var keys []string
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprint("k", i)
				if _, err := s.Set(ctx, key, key); err == nil {
					keys = append(keys, key)
				}
			}
			written <- keys
		}()
		time.Sleep(50 * time.Millisecond)
		f.H.Restart(t, f.URL)
		time.Sleep(50 * time.Millisecond)
		stop()
		keys := <-written
		if len(keys) == 0 {
			t.Fatal("nothing was written")
		}
		for _, key := range keys {
			eventually(t, s, key)
		}
	}},
}

// eventually checks that a key has itself as value once the server answers.
func eventually(t *testing.T, s store, key string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	got, err := s.Get(t.Context(), key)
	for err != nil && bindings.Retryable(err) && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
		got, err = s.Get(t.Context(), key)
	}
	if err != nil || got != key {
		t.Fatalf("get %q is %q, %v after the restart", key, got, err)
	}
}
