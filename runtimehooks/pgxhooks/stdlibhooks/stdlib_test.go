package stdlibhooks_test

import (
	"database/sql"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks/pgxhooks"
	"github.com/instrumentgo/instrument/runtimehooks/pgxhooks/stdlibhooks"
	"github.com/instrumentgo/instrument/runtimehooks/sqlhooks"
)

const (
	address = "127.0.0.1:5432"
	url     = "postgres://postgres@" + address + "/test"
)

// A statement has one span on whatever way a database is opened, with both packs.
func TestOneSpan(t *testing.T) {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no PostgreSQL at %s", address)
	}
	c.Close()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxhooks.NewPool(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	plain, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for name, open := range map[string]func() (*sql.DB, error){
		"Open":                          func() (*sql.DB, error) { return sqlhooks.Open("pgx", url) },
		"stdlib.OpenDB":                 func() (*sql.DB, error) { return stdlibhooks.OpenDB(*config), nil },
		"GetConnector":                  func() (*sql.DB, error) { return sqlhooks.OpenDB(stdlibhooks.GetConnector(*config)), nil },
		"GetConnector without sqlhooks": func() (*sql.DB, error) { return sql.OpenDB(stdlibhooks.GetConnector(*config)), nil },
		"GetPoolConnector":              func() (*sql.DB, error) { return sqlhooks.OpenDB(stdlibhooks.GetPoolConnector(pool)), nil },
		"a pool that is not recorded":   func() (*sql.DB, error) { return sqlhooks.OpenDB(stdlibhooks.GetPoolConnector(plain)), nil },
		"OpenDBFromPool":                func() (*sql.DB, error) { return stdlibhooks.OpenDBFromPool(pool), nil },
		"OpenDBFromPool of pgx's own":   func() (*sql.DB, error) { return stdlib.OpenDBFromPool(pool), nil },
	} {
		t.Run(name, func(t *testing.T) {
			spans, _ := recorded.Telemetry(t)
			db, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, ok := db.Driver().(*stdlib.Driver); !ok {
				t.Errorf("the driver is a %T", db.Driver())
			}
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecContext(t.Context(), "SELECT nothing"); err == nil {
				t.Error("there is no such column")
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			var names []string
			for _, s := range spans.Ended() {
				names = append(names, s.Name()+" "+recorded.Text(s.Attributes())["db.response.status_code"])
			}
			if want := []string{"BEGIN ", "SELECT 42703", "ROLLBACK "}; !slices.Equal(names, want) {
				t.Errorf("spans are %q, want %q", names, want)
			}
		})
	}
	if config.Tracer != nil {
		t.Error("the program's configuration has changed")
	}
}
