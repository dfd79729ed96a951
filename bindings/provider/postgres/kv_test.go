package postgres_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
)

const (
	address = "127.0.0.1:5432"
	url     = "postgres://postgres@" + address + "/test"
)

// needServer skips a test where there is no server, and says so.
func needServer(t testing.TB) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no PostgreSQL at %s", address)
	}
	c.Close()
}

func TestKV(t *testing.T) {
	needServer(t)
	var servers servers
	kvtest.Run(t, kvtest.Harness{
		Provider: postgres.Provider,
		URL:      servers.url("?sslmode=disable&pool=4&table=instrument_kv_test"),
		Reopen:   true,
		Restart:  servers.restart,
		Clean: func(t *testing.T, prefix string) {
			db, err := pgx.Connect(context.Background(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(context.Background())
			if _, err := db.Exec(context.Background(), `DELETE FROM instrument_kv_test WHERE starts_with(space, $1)`, prefix); err != nil {
				t.Error(err)
			}
		},
	})
}
