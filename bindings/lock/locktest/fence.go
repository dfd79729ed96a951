package locktest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// register is data whose keeper refuses old tokens.
type register struct {
	mu      sync.Mutex
	highest lock.Token
	writer  string
}

func (r *register) write(token lock.Token, writer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token < r.highest {
		return false
	}
	r.highest, r.writer = token, writer
	return true
}

var fenceCases = []testCase{
	{"a paused holder cannot write over the next one", func(t *testing.T, f *fixture) {
		// The first holder is paused after it has checked its lease: it does not hear that the
		// lease is lost.
		paused := f.locks(t, jobs, lock.Wrap(func(s lock.Store) lock.Store { return &hasty{s} }))
		l, data := f.locks(t, jobs), &register{}
		for round := range *fencing {
			first := try(t, paused, "a", lock.TTL(time.Hour), lock.Manual())
			if !first.Held() || !data.write(first.Token(), "first") {
				t.Fatalf("round %d: the holder must be able to write", round)
			}
			second := wait(t, l, "a")
			if !data.write(second.Token(), "second") {
				t.Fatalf("round %d: token %d of the second holder is not greater than %d", round, second.Token(), first.Token())
			}
			if data.write(first.Token(), "first") || data.writer != "second" {
				t.Fatalf("round %d: the paused holder has written over the next one", round)
			}
			code(t, "unlock", first.Unlock(f.Ctx), bindings.FailedPrecondition)
			unlock(t, second)
		}
	}},
	{"tokens grow however a lease ends", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		var last lock.Token
		for i := range 6 {
			lease := wait(t, l, "a", lock.TTL(ttl), lock.Manual())
			if lease.Token() <= last {
				t.Fatalf("token %d comes after %d", lease.Token(), last)
			}
			last = lease.Token()
			if i%3 == 2 {
				isLost(t, lease)
			} else {
				unlock(t, lease)
			}
		}
	}},
}

var apartCases = []testCase{
	{"tenants have their own locks", func(t *testing.T, f *fixture) {
		l := f.locks(t, tenants)
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		for _, ctx := range []context.Context{a, b} {
			if _, err := l.Try(ctx, "x", lock.TTL(ttl)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * ttl) // renewing must find its tenant
		for _, ctx := range []context.Context{a, b} {
			_, err := l.Try(ctx, "x")
			code(t, "try", err, bindings.AlreadyExists)
		}
	}},
	{"a tenant gives back, renews and loses its own locks alone", func(t *testing.T, f *fixture) {
		l := f.locks(t, tenants)
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		mine := held(t, l, a, "x")
		theirs, err := l.Lock(b, "x") // must not wait
		if err != nil {
			t.Fatal(err)
		}
		if err := theirs.Renew(a); err != nil { // a lease is whose it was when it was taken
			t.Errorf("renew: %v", err)
		}
		if err := theirs.Unlock(a); err != nil {
			t.Errorf("unlock: %v", err)
		}
		if err := mine.Renew(a); err != nil || !mine.Held() {
			t.Errorf("renew after another tenant has unlocked: %v", err)
		}
		_, err = l.Try(a, "x")
		code(t, "try", err, bindings.AlreadyExists)
		held(t, l, b, "x")
	}},
	{"a lock without a tenant is refused", func(t *testing.T, f *fixture) {
		for _, l := range []lock.Locks{f.locks(t, tenants), f.locks(t, others, lock.PerTenant())} {
			_, err := l.Try(f.Ctx, "x")
			code(t, "try", err, bindings.FailedPrecondition)
			_, err = l.Lock(f.Ctx, "x")
			code(t, "lock", err, bindings.FailedPrecondition)
		}
	}},
	{"services and bindings have their own locks", func(t *testing.T, f *fixture) {
		names := []string{jobs, others, foreign, odd}
		for _, name := range names {
			try(t, f.locks(t, name), "a")
		}
		for _, name := range names {
			taken(t, f.locks(t, name), "a")
		}
	}},
	{"entries of a store do not meet locks", func(t *testing.T, f *fixture) {
		s, err := kv.Open[string, string](f.Ctx, f.Platform, jobs)
		if err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
		l := f.locks(t, jobs)
		if _, err := s.Set(f.Ctx, "a", "v"); err != nil {
			t.Fatal(err)
		}
		lease := try(t, l, "a")
		if got, err := s.Get(f.Ctx, "a"); got != "v" || err != nil {
			t.Errorf("get is %q, %v", got, err)
		}
		for key, err := range s.Keys(f.Ctx, "") {
			if key != "a" || err != nil {
				t.Errorf("list has %q, %v", key, err)
			}
		}
		if err := s.Delete(f.Ctx, "a"); err != nil {
			t.Fatal(err)
		}
		taken(t, l, "a")
		unlock(t, lease)
	}},
}

var lifeCases = []testCase{
	{"every binding is healthy", func(t *testing.T, f *fixture) {
		for _, h := range f.Platform.Health(f.Ctx) {
			if h.Err != nil {
				t.Errorf("%s: %v", h.Binding, h.Err)
			}
		}
	}},
	{"two platforms exclude each other", func(t *testing.T, f *fixture) {
		if !f.H.Reopen {
			t.Log("one platform at a time")
			return
		}
		lease := try(t, f.locks(t, jobs), "a")
		first := f.Platform
		f.Reopen(t)
		l := f.locks(t, jobs)
		taken(t, l, "a")
		unlock(t, lease)
		if second := try(t, l, "a"); second.Token() <= lease.Token() {
			t.Errorf("tokens are %d, then %d", lease.Token(), second.Token())
		}
		if err := first.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}},
	{"closing the platform gives locks back", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a")
		lost := try(t, l, "b", lock.TTL(ttl), lock.Manual())
		isLost(t, lost)
		waiting := make(chan error)
		go func() { _, err := l.Lock(f.Ctx, "a"); waiting <- err }()
		time.Sleep(100 * time.Millisecond)
		closed := make(chan error)
		go func() { closed <- f.Platform.Close(context.Background()) }()
		code(t, "lock", <-waiting, bindings.Unavailable)
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		<-lease.Context().Done()
		_, err := l.Try(f.Ctx, "a")
		code(t, "try", err, bindings.Unavailable)
		if !f.H.Reopen {
			return
		}
		f.Reopen(t)
		if next := try(t, f.locks(t, jobs), "a"); next.Token() <= lease.Token() {
			t.Errorf("tokens are %d, then %d", lease.Token(), next.Token())
		}
	}},
	{"a lease survives a restart of the server", func(t *testing.T, f *fixture) {
		if f.H.Restart == nil {
			t.Log("no server to restart")
			return
		}
		l := f.locks(t, jobs)
		lease := try(t, l, "a", lock.TTL(10*ttl))
		f.H.Restart(t, f.URL)
		var err error
		for deadline := time.Now().Add(8 * ttl); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if err = lease.Renew(f.Ctx); err == nil {
				break
			}
		}
		if err != nil || !lease.Held() {
			t.Fatalf("held %v, renew: %v", lease.Held(), err)
		}
		taken(t, l, "a")
		unlock(t, lease)
		if next := try(t, l, "a"); next.Token() <= lease.Token() {
			t.Errorf("tokens are %d, then %d", lease.Token(), next.Token())
		}
	}},
}
