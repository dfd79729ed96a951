// Package stdlibhooks is the part of pack pgxhooks for package stdlib of pgx, which takes pgx to
// database/sql. It is apart because that package registers a driver in programs that link it.
package stdlibhooks

import (
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/runtimehooks/pgxhooks/internal/tracing"
)

// OpenDB is stdlib.OpenDB for a database whose statements are recorded. It opens it itself, as
// OpenDB does, because a pack for database/sql may have its function called there.
func OpenDB(config pgx.ConnConfig, opts ...stdlib.OptionOpenDB) *sql.DB {
	return sql.OpenDB(GetConnector(config, opts...))
}

// OpenDBFromPool is stdlib.OpenDBFromPool. It passes on that the pool's statements are recorded.
func OpenDBFromPool(pool *pgxpool.Pool, opts ...stdlib.OptionOpenDB) *sql.DB {
	db := sql.OpenDB(GetPoolConnector(pool, opts...))
	db.SetMaxIdleConns(0) // idle connections are the pool's
	return db
}

// GetConnector is stdlib.GetConnector for connections whose statements are recorded.
func GetConnector(config pgx.ConnConfig, opts ...stdlib.OptionOpenDB) driver.Connector {
	with := tracing.Traced(&config)
	return marked(with, stdlib.GetConnector(*with, opts...))
}

// GetPoolConnector is stdlib.GetPoolConnector. It passes on that the pool's statements are
// recorded.
func GetPoolConnector(pool *pgxpool.Pool, opts ...stdlib.OptionOpenDB) driver.Connector {
	return marked(pool.Config().ConnConfig, stdlib.GetPoolConnector(pool, opts...))
}

// marked returns the connector of a configuration, marked where its tracer records.
func marked(config *pgx.ConnConfig, c driver.Connector) driver.Connector {
	if tracing.Records(config.Tracer) {
		return observe.Recorded{Connector: c}
	}
	return c
}
