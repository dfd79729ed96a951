package mem_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

func TestDeclaration(t *testing.T) {
	providertest.Stores(t, provider.Mem(), mem.Provider, "test-declaration", func(bindings.Kind) string { return "mem:" })
}
