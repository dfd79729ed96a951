package redis_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
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
	var servers servers
	locktest.Run(t, locktest.Harness{
		Provider: redis.Provider,
		URL:      servers.url,
		Reopen:   true,
		Restart:  servers.restart,
	})
}
