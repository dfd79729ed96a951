package mem_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, mem.Provider, "github.com/instrumentgo/instrument/bindings/provider/mem")
	catalogtest.Stores(t, mem.Provider, "test-catalog", func(bindings.Kind) string { return "mem:" })
}
