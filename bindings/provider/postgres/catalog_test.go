package postgres_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, postgres.Provider, "github.com/instrumentgo/instrument/bindings/provider/postgres")
	needServer(t)
	catalogtest.Stores(t, postgres.Provider, "test-catalog", func(bindings.Kind) string {
		return url + "?sslmode=disable&table=instrument_kv_test&locks=instrument_lock_test"
	})
}
