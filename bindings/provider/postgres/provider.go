package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// Provider provides kv, locks and sql.
var Provider = provider.Postgres().Provider(open)

func open(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
	config, login, err := configOf(target)
	if err != nil {
		return nil, err
	}
	pool, err := target.Int("pool", 0)
	if err != nil {
		return nil, err
	}
	if pool > 0 {
		config.MaxConns = int32(pool)
	}
	sizes, err := sqldb.PoolOf(target, sqlPool)
	if err != nil {
		return nil, err
	}
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, coded(err)
	}
	table := target.Options["table"]
	if table == "" {
		table = "instrument_kv"
	}
	c := &conn{db: db, table: newEntries(pgx.Identifier(strings.Split(table, "."))), sqlPool: sizes, login: login}
	locks := target.Options["locks"]
	if locks == "" {
		locks = "instrument_lock"
	}
	c.locks = newLockTable(pgx.Identifier(strings.Split(locks, ".")))
	if c.within, err = target.Duration("timeout", operationTimeout); err != nil || c.within <= 0 {
		db.Close()
		return nil, errors.Join(err, errors.New("parse option timeout: it must be a positive duration"))
	}
	c.sweeping, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// conn is a pool of connections. Databases of sql have others.
type conn struct {
	db       *pgxpool.Pool
	table    *entries
	locks    *lockTable
	sqlPool  sqldb.Pool
	login    *login
	within   time.Duration // of an operation of kv or a lock whose context has no deadline
	sweeping context.Context
	stop     context.CancelFunc
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(ctx context.Context) error { return coded(c.db.Ping(ctx)) }

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error {
	c.stop()
	c.db.Close()
	return nil
}

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	if err := c.table.open(ctx, c); err != nil {
		return nil, err
	}
	return &store{db: bounded{c.db, c.within}, table: c.table, space: space.Name()}, nil
}
