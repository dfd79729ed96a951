package nats

import (
	"context"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// openStore returns a store of a server in memory.
func openStore(t *testing.T) *store {
	t.Helper()
	c, err := Provider.Open(t.Context(), bindings.Target{URL: &url.URL{Scheme: "nats+embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	s, err := c.(kv.Opener).OpenKV(t.Context(), bindings.Space{Namespace: "clocks", Binding: "c"})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*store)
}

// put writes an entry as a client would whose clock says so in a header.
func put(t *testing.T, s *store, key, header string, nanoseconds int64) kv.Revision {
	t.Helper()
	msg, _ := s.message(key, []byte("1"), life{})
	msg.Header.Set(header, strconv.FormatInt(nanoseconds, 10))
	ack, err := s.conn.js.PublishMsg(t.Context(), msg, jetstream.WithMsgTTL(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return kv.Revision(ack.Sequence)
}

// Whoever wrote an entry may have a clock that is a minute apart: all operations see what the
// server has, and none gives it a longer life.
func TestClocksApart(t *testing.T) {
	s := openStore(t)
	for name, apart := range map[string]time.Duration{"behind": -time.Minute - time.Hour, "ahead": time.Minute} {
		t.Run(name, func(t *testing.T) {
			r := put(t, s, name, headerExpires, time.Now().Add(time.Hour+apart).UnixNano())
			if _, err := s.Get(t.Context(), name); err != nil {
				t.Errorf("get: %v", err)
			}
			if _, err := s.Set(t.Context(), name, []byte("2"), kv.Write{IfAbsent: true}); bindings.Code(err) != bindings.AlreadyExists {
				t.Errorf("set if absent: %v, want that it is there", err)
			}
			if _, err := s.CompareAndSwap(t.Context(), name, []byte("2"), r, kv.Write{TTL: kv.Keep}); err != nil {
				t.Errorf("compare and swap: %v", err)
			}
			if n, err := s.Increment(t.Context(), name, 5, kv.Endless); n != 7 || err != nil {
				t.Errorf("increment of 2 by 5 is %d, %v", n, err)
			}
			raw, err := s.stream.GetLastMsgForSubject(t.Context(), s.prefix+subjectOf(name))
			if err != nil {
				t.Fatal(err)
			}
			if ttl, err := time.ParseDuration(raw.Header.Get(headerTTL)); err != nil || ttl > time.Hour || ttl < 50*time.Minute {
				t.Errorf("after two writes that keep its time the entry lives for %v, %v; want the rest of an hour", ttl, err)
			}
		})
	}
}

// The server removes what has expired up to a second later. Until then no operation sees it: one
// that did would keep alive what is written often.
func TestExpiredAndNotYetRemoved(t *testing.T) {
	s := openStore(t)
	r := put(t, s, "k", headerLives, 1)
	if _, err := s.Get(t.Context(), "k"); bindings.Code(err) != bindings.NotFound {
		t.Errorf("get: %v, want not found", err)
	}
	if _, err := s.CompareAndSwap(t.Context(), "k", []byte("2"), r, kv.Write{TTL: kv.Keep}); bindings.Code(err) != bindings.NotFound {
		t.Errorf("compare and swap: %v, want not found", err)
	}
	if err := s.Delete(t.Context(), "k", r); bindings.Code(err) != bindings.NotFound {
		t.Errorf("delete of the revision: %v, want not found", err)
	}
	if n, err := s.Increment(t.Context(), "k", 5, kv.Endless); n != 5 || err != nil {
		t.Errorf("increment is %d, %v; want a new beginning", n, err)
	}
	put(t, s, "other", headerLives, 1)
	if _, err := s.Set(t.Context(), "other", []byte("2"), kv.Write{IfAbsent: true}); err != nil {
		t.Errorf("set if absent: %v", err)
	}
}

// An entry that is written again and again keeps the end of its time, to the nanosecond: rounding
// and round trips do not add up.
func TestRestDoesNotDrift(t *testing.T) {
	s := openStore(t)
	end := func() time.Time {
		m, err := s.last(t.Context(), "n")
		if err != nil {
			t.Fatal(err)
		}
		return m.expires
	}
	if _, err := s.Increment(t.Context(), "n", 1, time.Hour); err != nil {
		t.Fatal(err)
	}
	first := end()
	for range 50 {
		if _, err := s.Increment(t.Context(), "n", 1, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if last := end(); first.IsZero() || !last.Equal(first) {
		t.Errorf("an entry that expired at %v expires at %v after 50 increments", first, last)
	}
}
