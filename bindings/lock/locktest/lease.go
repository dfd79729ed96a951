package locktest

import (
	"context"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// bent is a store whose renewals go through a function.
type bent struct {
	lock.Store
	renew func(g lock.Grant, ctx context.Context, ttl time.Duration) error
}

func bend(renew func(g lock.Grant, ctx context.Context, ttl time.Duration) error) lock.Option {
	return lock.Wrap(func(s lock.Store) lock.Store { return &bent{s, renew} })
}

func (b *bent) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	g, err := b.Store.Acquire(ctx, name, ttl)
	return &bentGrant{g, b}, err
}

type bentGrant struct {
	lock.Grant
	store *bent
}

func (g *bentGrant) Renew(ctx context.Context, ttl time.Duration) error {
	return g.store.renew(g.Grant, ctx, ttl)
}

var errNoAnswer = bindings.Errorf(bindings.Unavailable, "no answer")

var leaseCases = []testCase{
	{"a lease that is not renewed ends", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		start := time.Now()
		first := try(t, l, "a", lock.TTL(ttl), lock.Manual())
		taken(t, l, "a")
		second := wait(t, l, "a")
		if after := time.Since(start); after < ttl-10*time.Millisecond {
			t.Errorf("the lock was free after %v, before the lease was over", after)
		}
		select {
		case <-first.Lost():
		default:
			t.Error("the first holder must know before there is a second")
		}
		if second.Token() <= first.Token() {
			t.Errorf("tokens are %d, then %d", first.Token(), second.Token())
		}
	}},
	// Fails if a store adds the lease to its clock in nanoseconds: the sum is in the past.
	{"the longest lease is long", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a", lock.TTL(math.MaxInt64), lock.Manual())
		taken(t, l, "a")
		if err := lease.Renew(f.Ctx); err != nil {
			t.Fatal(err)
		}
		taken(t, l, "a")
		if err := lease.Unlock(f.Ctx); err != nil {
			t.Fatal(err)
		}
	}},
	{"a lease that is lost says so in time", func(t *testing.T, f *fixture) {
		start := time.Now()
		lease := try(t, f.locks(t, jobs), "a", lock.TTL(ttl), lock.Manual())
		isLost(t, lease)
		if after := time.Since(start); after > ttl+500*time.Millisecond {
			t.Errorf("the holder learns it after %v, want %v", after, ttl)
		}
	}},
	{"a lease is renewed while it is held", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a", lock.TTL(ttl))
		token := lease.Token()
		for range 8 {
			time.Sleep(ttl / 2)
			taken(t, l, "a")
		}
		if !lease.Held() || lease.Context().Err() != nil || lease.Token() != token {
			t.Errorf("held %v, context %v, token %d, before %d", lease.Held(), lease.Context().Err(), lease.Token(), token)
		}
		unlock(t, lease)
		unlock(t, try(t, l, "a"))
	}},
	{"a renewed lease still ends", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a", lock.TTL(2*ttl), lock.Manual())
		for range 3 {
			time.Sleep(ttl)
			if err := lease.Renew(f.Ctx); err != nil {
				t.Fatalf("renew: %v", err)
			}
		}
		taken(t, l, "a")
		start := time.Now()
		isLost(t, lease)
		wait(t, l, "a")
		if after := time.Since(start); after > 2*ttl+5*time.Second {
			t.Errorf("the lock is free %v after its last renewal", after)
		}
	}},
	{"a lost lease cannot be renewed", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a", lock.TTL(ttl), lock.Manual())
		isLost(t, lease)
		code(t, "renew", lease.Renew(f.Ctx), bindings.FailedPrecondition)
		second := wait(t, l, "a")
		code(t, "renew", lease.Renew(f.Ctx), bindings.FailedPrecondition)
		code(t, "unlock", lease.Unlock(f.Ctx), bindings.FailedPrecondition)
		taken(t, l, "a")
		unlock(t, second)
	}},
	{"a lock that was another's meanwhile is lost", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		// The holder believes in an hour, the provider in a second: as if the holder's clock had
		// stopped.
		stopped := lock.Wrap(func(s lock.Store) lock.Store { return &hasty{s} })
		first := try(t, f.locks(t, jobs, stopped), "a", lock.TTL(time.Hour), lock.Manual())
		second := wait(t, l, "a")
		if !first.Held() {
			t.Error("the first holder cannot know yet")
		}
		code(t, "renew", first.Renew(f.Ctx), bindings.FailedPrecondition)
		isLost(t, first)
		code(t, "unlock", first.Unlock(f.Ctx), bindings.FailedPrecondition)
		taken(t, l, "a")
		unlock(t, second)
	}},
	{"unlocking what was another's meanwhile leaves it to the other", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		stopped := lock.Wrap(func(s lock.Store) lock.Store { return &hasty{s} })
		first := try(t, f.locks(t, jobs, stopped), "a", lock.TTL(time.Hour), lock.Manual())
		second := wait(t, l, "a")
		code(t, "unlock", first.Unlock(f.Ctx), bindings.FailedPrecondition)
		taken(t, l, "a")
		unlock(t, second)
	}},
	{"a renewal whose answer is lost is tried again", func(t *testing.T, f *fixture) {
		var n atomic.Int32
		l := f.locks(t, jobs, bend(func(g lock.Grant, ctx context.Context, ttl time.Duration) error {
			err := g.Renew(ctx, ttl)
			if err == nil && n.Add(1)%2 == 1 {
				return errNoAnswer
			}
			return err
		}))
		lease := try(t, l, "a", lock.TTL(ttl))
		time.Sleep(3 * ttl)
		if !lease.Held() {
			t.Errorf("the lease is lost after %d renewals", n.Load())
		}
		unlock(t, lease)
	}},
	{"a provider that does not answer costs the lease", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs, bend(func(lock.Grant, context.Context, time.Duration) error { return errNoAnswer }))
		start := time.Now()
		lease := try(t, l, "a", lock.TTL(ttl))
		isLost(t, lease)
		if after := time.Since(start); after < ttl-10*time.Millisecond || after > ttl+500*time.Millisecond {
			t.Errorf("it is lost after %v, want %v", after, ttl)
		}
	}},
	{"the context of a lease ends with it", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		ctx, cancel := context.WithCancel(f.Ctx)
		defer cancel()
		lease, err := l.Lock(ctx, "a", lock.TTL(ttl))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		<-lease.Context().Done()
		time.Sleep(2 * ttl)
		taken(t, l, "a") // until it is unlocked
		unlock(t, lease)
		lease = try(t, l, "a")
		unlock(t, lease)
		<-lease.Context().Done()
		select {
		case <-lease.Lost():
			t.Error("unlocking must not be a loss")
		default:
		}
	}},
}

// hasty is a store whose leases are short, whatever is asked for.
type hasty struct{ lock.Store }

func (h *hasty) Acquire(ctx context.Context, name string, _ time.Duration) (lock.Grant, error) {
	return h.Store.Acquire(ctx, name, ttl)
}
