package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, sqlite.Provider, "github.com/instrumentgo/instrument/bindings/provider/sqlite")
	file := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	catalogtest.Stores(t, sqlite.Provider, "test-catalog", func(bindings.Kind) string { return file })
}
