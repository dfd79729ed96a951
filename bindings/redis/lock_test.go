package redis_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/redis"
)

func TestLock(t *testing.T) {
	needServer(t)
	locktest.Run(t, locktest.Harness{
		Provider: redis.Provider,
		URL:      func(*testing.T) string { return "redis://" + address + "/9" },
		Reopen:   true,
		Clean: func(t *testing.T, prefix string) {
			clean(t, prefix)
			clean(t, "lock/{"+prefix)
		},
	})
}

// The same on a server in this process, which is always there and can be restarted.
func TestLockEmbedded(t *testing.T) {
	var servers sync.Map // by address
	locktest.Run(t, locktest.Harness{
		Provider: redis.Provider,
		URL: func(t *testing.T) string {
			m := mini(t)
			servers.Store(m.Addr(), m)
			return "redis://" + m.Addr()
		},
		Reopen: true,
		Restart: func(t *testing.T, url string) {
			server, _ := servers.Load(strings.TrimPrefix(url, "redis://"))
			m := server.(*miniredis.Miniredis)
			m.Close()
			if err := m.Restart(); err != nil {
				t.Fatal(err)
			}
		},
	})
}
