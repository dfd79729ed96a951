package guard_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// all opens a platform whose binding "it" has policies.
func all(t *testing.T, policies ...bindings.PolicyAspect) (*script, *bindings.Platform) {
	s := &script{t: t}
	return s, s.open(map[string][]bindings.PolicyAspect{"it": policies})
}

// A message is published again if it has an ID, as often as the policy says, and not once the ID
// may be forgotten.
func TestPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := all(t, retries("attempts", "3", "initial", "10ms"))
		o, err := topic.Open[string](t.Context(), p, "it")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			id    []topic.PublishOption
			fates []fate
			calls int
			fails bool
		}{
			{[]topic.PublishOption{topic.ID("1")}, []fate{lost, down}, 3, false},
			{[]topic.PublishOption{topic.ID("2")}, []fate{down, down, down, down, down}, 3, true},
			{nil, []fate{down}, 1, true},
			{nil, []fate{lost}, 1, true},
			{[]topic.PublishOption{topic.ID("3")}, []fate{{slow: topic.DedupWindow, before: down.before}}, 1, true},
		} {
			s.next(c.fates...)
			if err := o.PublishWith(t.Context(), "m", c.id...); s.count() != c.calls || c.fails != (err != nil) {
				t.Errorf("%d IDs, %d faults: error %v after %d calls, want %d", len(c.id), len(c.fates), err, s.count(), c.calls)
			}
		}
	})
}

// A subscription that is opened at the second attempt gets its messages, long after the timeout.
func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := all(t, retries(), policy("timeout", "", "1s"), policy("bulkhead", "", "1"))
		o, err := topic.Open[string](t.Context(), p, "it")
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 1)
		s.next(down)
		sub, err := o.Subscribe(t.Context(), "g", func(_ context.Context, m string) error { got <- m; return nil })
		if err != nil || s.count() != 2 {
			t.Fatalf("subscribe is %v after %d calls", err, s.count())
		}
		time.Sleep(time.Hour)
		if err := o.Publish(t.Context(), "late"); err != nil || <-got != "late" {
			t.Errorf("publish is %v", err)
		}
		if err := sub.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A lock that was taken too late is given back, and one that may have been taken is not said to be
// somebody else's.
func TestLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := all(t, retries("initial", "10ms", "each", "1s"), policy("timeout", "", "10s"))
		locks, err := lock.Open(t.Context(), p, "it")
		if err != nil {
			t.Fatal(err)
		}
		s.next(fate{slow: 2 * time.Second})
		lease, err := locks.Try(t.Context(), "a", lock.TTL(time.Hour))
		if err != nil || s.count() != 2 {
			t.Fatalf("after one that came too late: %v after %d calls", err, s.count())
		}
		if err := lease.Unlock(t.Context()); err != nil {
			t.Error(err)
		}
		s.next(fate{slow: 20 * time.Second})
		if _, err := locks.Try(t.Context(), "a", lock.TTL(time.Hour)); bindings.Code(err) != bindings.DeadlineExceeded {
			t.Errorf("too late for all is %v", err)
		}
		s.next(lost)
		if _, err := locks.Try(t.Context(), "a"); bindings.Code(err) != bindings.Unavailable || s.count() != 2 {
			t.Errorf("with a lost answer it is %v after %d calls", err, s.count())
		}
		if _, err := locks.Try(t.Context(), "a"); bindings.Code(err) != bindings.AlreadyExists {
			t.Errorf("what is held is %v", err)
		}
	})
}

// A lease that is held is renewed, whatever the policies refuse.
func TestRenewingIsNotRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := all(t, policy("breaker", "failures", "1", "cooldown", "24h"), policy("limit", "", "2/h"))
		locks, err := lock.Open(t.Context(), p, "it")
		if err != nil {
			t.Fatal(err)
		}
		lease, err := locks.Try(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		s.next(down)
		locks.Try(t.Context(), "b")
		if _, err := locks.Try(t.Context(), "c"); !errors.Is(err, runtimehooks.ErrLimited) {
			t.Errorf("try is %v", err)
		}
		time.Sleep(time.Hour)
		if !lease.Held() {
			t.Error("the lease is lost")
		}
		if err := lease.Unlock(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Objects are read for as long as it takes, and written at most once.
func TestBlob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := all(t, retries("initial", "0s"), policy("timeout", "", "1s"))
		b, err := blob.Open(t.Context(), p, "it")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []fate{down, lost} {
			s.next(f)
			if _, err := b.Put(t.Context(), "k", strings.NewReader("text")); bindings.Code(err) != bindings.Unavailable || s.count() != 1 {
				t.Errorf("put is %v after %d calls", err, s.count())
			}
		}
		s.next(down)
		r, err := b.Get(t.Context(), "k")
		if err != nil || s.count() != 2 {
			t.Fatalf("get is %v after %d calls", err, s.count())
		}
		time.Sleep(time.Hour)
		if data, err := io.ReadAll(r); string(data) != "text" || err != nil {
			t.Errorf("object is %q, %v", data, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		for _, op := range []struct {
			name  string
			do    func() error
			calls int
		}{
			{"stat", func() error { return second(b.Stat(t.Context(), "k")) }, 2},
			{"copy", func() error { return second(b.Copy(t.Context(), "l", "k")) }, 2},
			{"delete", func() error { return b.Delete(t.Context(), "k") }, 2},
		} {
			s.next(lost)
			if err := op.do(); err != nil || s.count() != op.calls {
				t.Errorf("%s is %v after %d calls", op.name, err, s.count())
			}
		}
		s.next(fate{takes: time.Hour})
		if _, err := b.Get(t.Context(), "l"); bindings.Code(err) != bindings.DeadlineExceeded {
			t.Errorf("get is %v", err)
		}
	})
}

// Secrets and configuration are read again.
func TestDocuments(t *testing.T) {
	s, p := all(t, retries("initial", "0s"))
	s.next(down, down)
	if key, err := secret.Get(t.Context(), p, "it"); err != nil || key.Reveal() != "5" || s.count() != 3 {
		t.Errorf("secret is %v after %d calls", err, s.count())
	}
	o, err := config.Open[int](t.Context(), p, "it")
	if err != nil {
		t.Fatal(err)
	}
	s.next(down)
	if n, err := o.Get(t.Context()); err != nil || n != 5 || s.count() != 2 {
		t.Errorf("configuration is %d, %v after %d calls", n, err, s.count())
	}
}

// What a wrapper answers by itself asks no policy.
func TestWrapIsOutside(t *testing.T) {
	s := &script{t: t}
	p := s.open(map[string][]bindings.PolicyAspect{"it": {policy("limit", "", "1/h")}})
	o, err := kv.Open[string, int](t.Context(), p, "it", kv.Wrap(func(inner kv.Store) kv.Store { return cached{inner} }))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if n, err := o.Get(t.Context(), "k"); n != 9 || err != nil {
			t.Errorf("get is %d, %v", n, err)
		}
	}
}

type cached struct{ kv.Store }

func (cached) Get(_ context.Context, key string) (kv.Record, error) {
	return kv.Record{Key: key, Value: []byte("9")}, nil
}
