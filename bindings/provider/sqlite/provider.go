package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// Provider provides kv and sql.
var Provider = provider.SQLite().Provider(open)

// schema makes what is not there: the entries, the revision of the last write, and that of the last
// mark of a deletion which was swept. A watch reads a space in the order of revisions.
const schema = `
CREATE TABLE IF NOT EXISTS instrument_kv (
	space TEXT NOT NULL, key BLOB NOT NULL, value BLOB, revision INTEGER NOT NULL, expires INTEGER,
	PRIMARY KEY (space, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instrument_kv_changes ON instrument_kv (space, revision);
CREATE TABLE IF NOT EXISTS instrument_kv_revision (
	id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL, swept INTEGER NOT NULL);
INSERT INTO instrument_kv_revision VALUES (1, 0, 0) ON CONFLICT DO NOTHING;`

func open(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
	c := &conn{path: target.Path(), level: "full", queue: newQueue()}
	sync, err := target.Bool("sync", true)
	if err != nil {
		return nil, err
	}
	if !sync {
		c.level = "normal"
	}
	if c.poll, err = target.Duration("poll", 100*time.Millisecond); err != nil {
		return nil, err
	}
	if c.poll <= 0 {
		return nil, fmt.Errorf("parse option poll: it must be positive, not %v", c.poll)
	}
	if c.pool, err = sqldb.PoolOf(target, pool); err != nil {
		return nil, err
	}
	if c.path == ":memory:" {
		c.path = ""
	}
	if c.path == "" {
		c.level = "off" // what is gone with the process needs no disk
	} else if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	if c.db, err = openKV(ctx, c.path, c.level); err != nil {
		return nil, coded(ctx, err)
	}
	c.sweeping, c.stop = context.WithCancel(context.Background())
	go c.sweep()
	return c, nil
}

// openKV opens the database of kv, with its tables. The path "" is that of memory.
func openKV(ctx context.Context, path, level string) (*sql.DB, error) {
	query := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + level + ")"}, "_txlock": {"immediate"}}
	if path == "" {
		path = ":memory:"
	}
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode())
	if err != nil {
		return nil, err
	}
	if err := firstConnect(ctx, connector); err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	if path == ":memory:" { // each connection would have a database of its own
		db.SetMaxOpenConns(1)
		db.SetConnMaxIdleTime(0)
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// firstConnect connects to a file and closes the connection again, which puts the file into
// write-ahead mode if it is not. SQLite waits for no lock then, but fails if somebody else does so
// at the same time.
func firstConnect(ctx context.Context, connector driver.Connector) error {
	for {
		conn, err := connector.Connect(ctx)
		if err == nil {
			return conn.Close()
		}
		if answer, _ := sqliteError(err); answer&0xff != code.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// conn is an open file.
type conn struct {
	db       *sql.DB // of kv
	queue    queue   // of its writers
	poll     time.Duration
	sweeping context.Context
	stop     context.CancelFunc

	path      string // of the file; "" in memory
	level     string // of synchronous
	pool      sqldb.Pool
	mu        sync.Mutex
	sqlFolder string // of the spaces of sql; "" before the first
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(ctx context.Context) error { return coded(ctx, c.db.PingContext(ctx)) }

// Close implements [bindings.Conn].
func (c *conn) Close(ctx context.Context) error {
	c.stop()
	return coded(ctx, errors.Join(c.db.Close(), c.closeFolder()))
}

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(_ context.Context, space bindings.Space) (kv.Store, error) {
	return &store{db: c.db, queue: c.queue, poll: c.poll, space: space.Name()}, nil
}

const (
	remembered = 24 * time.Hour   // how long the rows of deleted and expired entries stay
	sweepEvery = 10 * time.Minute // how often they are removed
)

func (c *conn) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		// What fails now is done the next time.
		_ = sweep(c.sweeping, c.db, time.Now().Add(-remembered))
		select {
		case <-c.sweeping.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep removes the rows of entries that were gone by a moment, and notes which a watch can no
// longer be told of.
func sweep(ctx context.Context, db *sql.DB, by time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE instrument_kv_revision SET swept = max(swept, coalesce((SELECT max(revision) FROM instrument_kv WHERE expires < ?), 0))`,
		`DELETE FROM instrument_kv WHERE expires < ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, by.UnixNano()); err != nil {
			_ = tx.Rollback() // the first error says more
			return err
		}
	}
	return tx.Commit()
}
