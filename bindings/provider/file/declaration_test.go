package file_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/file"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

func TestDeclaration(t *testing.T) {
	dir := t.TempDir()
	providertest.Stores(t, provider.File(), file.Provider, "test-declaration", func(kind bindings.Kind) string { return "file:" + filepath.Join(dir, string(kind)) })
}
