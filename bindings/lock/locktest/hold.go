package locktest

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

var holdCases = []testCase{
	{"a lock has one holder", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a")
		if lease.Token() == 0 || !lease.Held() || lease.Context().Err() != nil {
			t.Errorf("token %d, held %v, context %v", lease.Token(), lease.Held(), lease.Context().Err())
		}
		taken(t, l, "a")
		taken(t, f.locks(t, jobs), "a")
		unlock(t, lease)
	}},
	{"a lock that is given back is free", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		for range 5 {
			unlock(t, try(t, l, "a"))
		}
	}},
	{"locks of different names are apart", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		names := []string{"a", "A", "a/b", "a.b", "a b", "*", ">", "ü", "\x00\xff", ":", "{a}", strings.Repeat("x", lock.MaxName),
			strings.Repeat("*", lock.MaxName)}
		for _, name := range names {
			try(t, l, name)
		}
		for _, name := range names {
			taken(t, l, name)
		}
	}},
	{"waiting ends when the lock is given back", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a")
		var free atomic.Bool
		got := make(chan bool)
		go func() {
			second, err := l.Lock(f.Ctx, "a")
			got <- err == nil && free.Load() && second.Token() > lease.Token()
		}()
		time.Sleep(300 * time.Millisecond)
		free.Store(true)
		unlock(t, lease)
		if !<-got {
			t.Error("the second holder must get the lock, with a greater token, when the first gives it back")
		}
	}},
	{"waiting ends with its context", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		try(t, l, "a")
		ctx, cancel := context.WithTimeout(f.Ctx, 200*time.Millisecond)
		defer cancel()
		_, err := l.Lock(ctx, "a")
		code(t, "lock", err, bindings.DeadlineExceeded)
		ctx, cancel = context.WithCancel(f.Ctx)
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err = l.Lock(ctx, "a")
		code(t, "lock", err, bindings.Canceled)
		_, err = l.Try(ctx, "b")
		code(t, "try", err, bindings.Canceled)
	}},
	{"a holder cannot take its lock again", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		lease := try(t, l, "a")
		_, err := l.Try(lease.Context(), "a")
		code(t, "try", err, bindings.AlreadyExists)
	}},
	{"unlocking twice does nothing", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		first := try(t, l, "a")
		unlock(t, first)
		second := try(t, l, "a")
		unlock(t, first)
		taken(t, l, "a")
		code(t, "renew", first.Renew(f.Ctx), bindings.FailedPrecondition)
		unlock(t, second)
	}},
	{"unlocking works although its context has ended", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		ctx, cancel := context.WithCancel(f.Ctx)
		lease, err := l.Try(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := lease.Unlock(ctx); err != nil {
			t.Fatalf("unlock: %v", err)
		}
		unlock(t, try(t, l, "a"))
	}},
	{"fifty take turns", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		const n = 50
		var group sync.WaitGroup
		var inside, clashes atomic.Int32
		var last lock.Token // of the holder before; the lock guards it
		for range n {
			group.Go(func() {
				lease, err := l.Lock(f.Ctx, "a")
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				if inside.Add(1) > 1 || lease.Token() <= last {
					clashes.Add(1)
				}
				last = lease.Token()
				inside.Add(-1)
				if err := lease.Unlock(f.Ctx); err != nil {
					t.Errorf("unlock: %v", err)
				}
			})
		}
		group.Wait()
		if clashes.Load() != 0 {
			t.Errorf("%d of %d held the lock beside another, or had no greater token", clashes.Load(), n)
		}
	}},
	{"impossible locks are refused", func(t *testing.T, f *fixture) {
		l := f.locks(t, jobs)
		for _, name := range []string{"", strings.Repeat("x", lock.MaxName+1)} {
			_, err := l.Try(f.Ctx, name)
			code(t, "try", err, bindings.FailedPrecondition)
			_, err = l.Lock(f.Ctx, name)
			code(t, "lock", err, bindings.FailedPrecondition)
		}
		_, err := l.Try(f.Ctx, "a", lock.TTL(time.Millisecond))
		code(t, "a short time to live", err, bindings.FailedPrecondition)
		_, err = (lock.Locks{}).Try(f.Ctx, "a")
		code(t, "locks that nobody has opened", err, bindings.FailedPrecondition)
		_, err = lock.Open(f.Ctx, f.Platform, "job")
		code(t, "open", err, bindings.NotFound)
	}},
}
