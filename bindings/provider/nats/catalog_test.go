package nats

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, Provider, "github.com/instrumentgo/instrument/bindings/provider/nats")
	catalogtest.Stores(t, Provider, "test-catalog", func(bindings.Kind) string { return "nats+embedded:" })
}

// An older server lacks what the catalog says that it may.
func TestCatalogOfServer(t *testing.T) {
	needServer(t)
	defer clean(t, "test-catalog__")
	defer clean(t, bucketLock+"test-catalog__")
	catalogtest.Stores(t, Provider, "test-catalog", func(bindings.Kind) string { return "nats://" + address })
}
