package postgres_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

func TestDeclaration(t *testing.T) {
	needServer(t)
	providertest.Stores(t, provider.Postgres(), postgres.Provider, "test-declaration", func(bindings.Kind) string {
		return url + "?sslmode=disable&table=instrument_kv_test&locks=instrument_lock_test"
	})
}
