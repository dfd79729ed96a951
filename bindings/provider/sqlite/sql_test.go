package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
	"github.com/instrumentgo/instrument/bindings/sqldb/sqldbtest"
)

func TestSQL(t *testing.T) {
	sqldbtest.Run(t, sqldbtest.Harness{
		Provider: sqlite.Provider,
		URL:      func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "shop.db") + "?sync=false" },
		Reopen:   true,
	})
}
