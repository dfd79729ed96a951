package redis_test

import (
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/service/servicetest"
)

// often is how often tests look for instances, since Redis does not tell of changes.
const often = 100 * time.Millisecond

func TestServiceRegistry(t *testing.T) {
	needServer(t)
	servicetest.Registry(t, servicetest.Store{
		Provider: redis.Provider,
		URL:      func(*testing.T) string { return "redis://" + address + "/9" },
		Clean:    clean,
		Poll:     often,
	})
}

// The same on a server in this process, which is always there and can be restarted.
func TestServiceRegistryEmbedded(t *testing.T) {
	var servers servers
	servicetest.Registry(t, servicetest.Store{
		Provider: redis.Provider,
		URL:      servers.url,
		Restart:  servers.restart,
		Poll:     often,
	})
}
