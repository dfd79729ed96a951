package env_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/env"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

func TestDeclaration(t *testing.T) {
	providertest.Stores(t, provider.Env(), env.Provider, "test-declaration", func(bindings.Kind) string { return "env:" })
}
