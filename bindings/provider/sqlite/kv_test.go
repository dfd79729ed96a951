package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
)

func TestKV(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{
		Provider: sqlite.Provider,
		URL:      func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a%20b.db") + "?poll=20ms" },
		Reopen:   true,
	})
}

func TestKVInMemory(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{Provider: sqlite.Provider, URL: func(*testing.T) string { return "sqlite:" }})
}
