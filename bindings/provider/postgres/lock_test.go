package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
)

func TestLock(t *testing.T) {
	needServer(t)
	var servers servers
	locktest.Run(t, locktest.Harness{
		Provider: postgres.Provider,
		URL:      servers.url("?sslmode=disable&pool=4&table=instrument_locked_kv_test&locks=instrument_lock_test"),
		Reopen:   true,
		Restart:  servers.restart,
		Clean: func(t *testing.T, prefix string) {
			db, err := pgx.Connect(context.Background(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(context.Background())
			for _, table := range []string{"instrument_lock_test", "instrument_locked_kv_test"} {
				if _, err := db.Exec(context.Background(), `DELETE FROM `+table+` WHERE starts_with(space, $1)`, prefix); err != nil {
					t.Error(err)
				}
			}
		},
	})
}
