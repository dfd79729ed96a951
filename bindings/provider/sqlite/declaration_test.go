package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
)

func TestDeclaration(t *testing.T) {
	file := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	providertest.Stores(t, provider.SQLite(), sqlite.Provider, "test-declaration", func(bindings.Kind) string { return file })
}
