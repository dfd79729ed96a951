package file_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/file"
)

func TestKV(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{
		Provider: file.Provider,
		URL:      func(t *testing.T) string { return "file:" + filepath.Join(t.TempDir(), "data", "kv.db") },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
	})
}
