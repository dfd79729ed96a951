package env_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/env"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, env.Provider, "github.com/instrumentgo/instrument/bindings/provider/env")
	catalogtest.Stores(t, env.Provider, "test-catalog", func(bindings.Kind) string { return "env:" })
}
