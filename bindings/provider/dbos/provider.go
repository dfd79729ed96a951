package dbos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // lets DBOS use SQLite

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// Provider provides workflows.
var Provider = provider.DBOS().Provider(open)

// schema makes what is not there. The place of a message in its mailbox is also what an execution
// knows it by: nothing is taken out, so that a run which begins again finds the same ones.
const schema = `
CREATE TABLE IF NOT EXISTS instrument_run (
	space TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', input BLOB NOT NULL, output BLOB,
	canceled INTEGER NOT NULL DEFAULT 0, started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
	wait INTEGER NOT NULL DEFAULT -1, until INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (space, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instrument_message (
	space TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (space, key, place)) WITHOUT ROWID;`

func open(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
	path := target.Path()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(coded(ctx, err), db.Close())
	}
	return &conn{db: db, servers: map[string]*server{}, changed: make(chan struct{})}, nil
}

// openFile opens a file of SQLite, which need not exist.
func openFile(path string) (*sql.DB, error) {
	query := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err == nil {
		db.SetMaxOpenConns(8)
	}
	return db, err
}

// conn is an open file, and the engine on it once a workflow is served.
type conn struct {
	db *sql.DB

	mu      sync.Mutex
	engine  dbos.Context       // nil until the first workflow is served
	servers map[string]*server // by the name of their space
	changed chan struct{}      // closed at the next change of a run or of the servers
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(ctx context.Context) error { return coded(ctx, c.db.PingContext(ctx)) }

// Close implements [bindings.Conn].
func (c *conn) Close(ctx context.Context) error {
	c.mu.Lock()
	engine := c.engine
	c.mu.Unlock()
	var err error
	if engine != nil {
		within := shutdownTime
		if deadline, ok := ctx.Deadline(); ok {
			within = min(within, max(time.Until(deadline), time.Millisecond))
		}
		err = dbos.Shutdown(engine, within)
	}
	return errors.Join(err, coded(ctx, c.db.Close()))
}

// shutdownTime bounds how long Close waits for the engine, whose executions have ended.
const shutdownTime = 10 * time.Second

// OpenWorkflow implements [workflow.Opener].
func (c *conn) OpenWorkflow(_ context.Context, space bindings.Space) (workflow.Store, error) {
	return &store{conn: c, space: space.Name()}, nil
}

// change wakes whoever waits for a change.
func (c *conn) change() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.changed)
	c.changed = make(chan struct{})
}

// changes returns what is closed at the next change.
func (c *conn) changes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// attempts is how often DBOS recovers a run before it gives up: never, for that would end a run
// that has only seen many restarts.
const attempts = 1 << 30

// launch starts the engine, once.
func (c *conn) launch() (dbos.Context, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine != nil {
		return c.engine, nil
	}
	engine, err := dbos.NewContext(context.Background(), dbos.Config{
		AppName: "instrument", SQLiteSystemDB: c.db, Logger: slog.New(quiet{slog.Default().Handler()}),
		ApplicationVersion: "1", // records say which code they fit
		ExecutorID:         "local",
	})
	if err != nil {
		return nil, err
	}
	dbos.RegisterWorkflow(engine, c.execute, dbos.WithWorkflowName("instrument"), dbos.WithMaxRecoveryAttempts(attempts))
	if err := dbos.Launch(engine); err != nil {
		return nil, errors.Join(err, dbos.Shutdown(engine, shutdownTime))
	}
	c.engine = engine
	return engine, nil
}

// quiet passes warnings and errors: of what DBOS does well, spans tell.
type quiet struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements [slog.Handler].
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

// coded returns an error with its code.
func coded(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sql.ErrNoRows):
		return bindings.NotFound
	case bindings.Code(err) != bindings.Unknown:
		return err
	}
	return bindings.Errorf(bindings.Unavailable, "%w", err)
}
