package mem_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

func TestLock(t *testing.T) {
	locktest.Run(t, locktest.Harness{
		Provider: mem.New().Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
	})
}

// The fault "leases" takes locks away from holders that renew them, and tells them.
func TestLockFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "jobs", URL: "mem:?seed=1&leases=0.2"}}}
		p, err := bindings.Open(t.Context(), env, mem.Provider)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(context.Background())
		l, err := lock.Open(t.Context(), p, "jobs")
		if err != nil {
			t.Fatal(err)
		}
		lease, err := l.Try(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-lease.Lost():
		case <-time.After(time.Hour):
			t.Fatal("the lease must be lost some time")
		}
		if _, err := l.Try(t.Context(), "a"); err != nil {
			t.Errorf("try: %v", err)
		}
	})
}
