package redis_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, redis.Provider, "github.com/instrumentgo/instrument/bindings/provider/redis")
	server := "redis://" + mini(t).Addr()
	catalogtest.Stores(t, redis.Provider, "test-catalog", func(bindings.Kind) string { return server })
}
