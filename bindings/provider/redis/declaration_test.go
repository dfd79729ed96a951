package redis_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

func TestDeclaration(t *testing.T) {
	server := "redis://" + mini(t).Addr()
	providertest.Stores(t, provider.Redis(), redis.Provider, "test-declaration", func(bindings.Kind) string { return server })
}
