package service_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/service"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, service.Provider, "github.com/instrumentgo/instrument/bindings/service")
}
