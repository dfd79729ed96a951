package nats

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

func TestDeclaration(t *testing.T) {
	providertest.Stores(t, provider.NATS(), Provider, "test-declaration", func(bindings.Kind) string { return "nats+embedded:" })
}

// An older server lacks what the declaration says that it may.
func TestDeclarationOfServer(t *testing.T) {
	needServer(t)
	defer clean(t, "test-declaration__")
	defer clean(t, bucketLock+"test-declaration__")
	providertest.Stores(t, provider.NATS(), Provider, "test-declaration", func(bindings.Kind) string { return "nats://" + address })
}
