package file_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/catalog/catalogtest"
	"github.com/instrumentgo/instrument/bindings/provider/file"
)

func TestCatalog(t *testing.T) {
	catalogtest.Run(t, file.Provider, "github.com/instrumentgo/instrument/bindings/provider/file")
	dir := t.TempDir()
	catalogtest.Stores(t, file.Provider, "test-catalog", func(kind bindings.Kind) string { return "file:" + filepath.Join(dir, string(kind)) })
}
