package redis_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

// hanging is a door to a server that takes what is asked, and hands on no answer while it is shut.
func hanging(t *testing.T, to string) (address string, shut *atomic.Bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	shut = new(atomic.Bool)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				return
			}
			go func() { _, _ = io.Copy(s, c); s.Close() }()
			go func() {
				defer c.Close()
				data := make([]byte, 1<<16)
				for {
					n, err := s.Read(data)
					for shut.Load() {
						time.Sleep(time.Millisecond)
					}
					if err != nil {
						return
					}
					if _, err := c.Write(data[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), shut
}

// A cancel ends an operation of a server that hangs at once, and not when the client's own time is
// over; what the server answers later is nobody else's answer.
func TestCancelWhileTheServerHangs(t *testing.T) {
	m := miniredis.RunT(t)
	address, shut := hanging(t, m.Addr())
	store, err := openKV(t, "redis://"+address+"?pool=1", nil, mem.New())
	if err != nil {
		t.Fatal(err)
	}
	for key, n := range map[string]int{"a": 1, "b": 2} {
		if _, err := store.Set(t.Context(), key, n); err != nil {
			t.Fatal(err)
		}
	}
	shut.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begin := time.Now()
	if _, err := store.Get(ctx, "a"); bindings.Code(err) != bindings.Canceled {
		t.Errorf("get is %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second { // the client's own time is 5 s
		t.Errorf("it has taken %v", took)
	}
	shut.Store(false)
	if n, err := store.Get(t.Context(), "b"); err != nil || n != 2 {
		t.Errorf("the next operation got %d, %v", n, err)
	}
}

// A lock that the server grants after its caller has left is given back.
func TestLockThatNobodyTakes(t *testing.T) {
	m := miniredis.RunT(t)
	address, shut := hanging(t, m.Addr())
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "l", URL: "redis://" + address}}}, redis.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	locks, err := lock.Open(t.Context(), p, "l")
	if err != nil {
		t.Fatal(err)
	}
	first, err := locks.Try(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	shut.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := locks.Try(ctx, "x", lock.TTL(time.Hour)); bindings.Code(err) != bindings.Canceled {
		t.Fatalf("try is %v", err)
	}
	shut.Store(false)
	within, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	second, err := locks.Lock(within, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Unlock(t.Context()); err != nil {
		t.Error(err)
	}
}
