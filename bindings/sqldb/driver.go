package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// gate says whether new work may begin.
type gate struct{ shut atomic.Bool }

var errClosed = bindings.Errorf(bindings.Unavailable, "the platform is closed")

// connector makes the connections of a database. It records what they do, completes their errors,
// and lets nothing begin once the platform closes. As the driver of its databases it is where
// [AbilitiesOf] finds what was declared.
type connector struct {
	store   *Store
	binding *binding
	slots   *slots // nil without tenants
}

// Driver implements [driver.Connector].
func (c *connector) Driver() driver.Driver { return c }

// Open implements [driver.Driver].
func (c *connector) Open(string) (driver.Conn, error) { return c.Connect(context.Background()) }

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.slots != nil {
		if err := c.slots.take(ctx, c.store.Pool); err != nil {
			return nil, err
		}
	}
	inner, err := c.store.Connector.Connect(ctx)
	if err == nil {
		if full, ok := inner.(contextConn); ok {
			return &conn{contextConn: full, connector: c}, nil
		}
		err = errors.Join(errors.New("connect: the driver's connection must have the methods of database/sql/driver that take a context"),
			inner.Close())
	}
	if c.slots != nil {
		c.slots.give()
	}
	_, err = c.failure(ctx, "connect", err)
	return nil, err
}

// failure completes a driver's error, and returns it after the server's code of it. What means
// something to database/sql stays as it is.
func (c *connector) failure(ctx context.Context, op string, err error) (status string, _ error) {
	if err == nil || err == driver.ErrSkip || errors.Is(err, driver.ErrBadConn) {
		return "", err
	}
	code := bindings.Code(err)
	if code == bindings.Unknown {
		code, status = c.store.Code(err)
	}
	if (code == bindings.Unavailable || code == bindings.Unknown) && ctx.Err() != nil {
		// Drivers report in many ways that a context has ended.
		return status, bindings.Failed(op, c.binding.name, bindings.Errorf(bindings.Code(ctx.Err()), "%w (%w)", ctx.Err(), err))
	}
	return status, bindings.Failed(op, c.binding.name, &bindings.Error{Code: code, Err: err})
}

// run runs a statement, recorded.
func run[T any](ctx context.Context, c *conn, op, text string, do func(context.Context) (T, error)) (T, error) {
	if c.connector.binding.gate.shut.Load() && !c.transaction {
		var none T
		return none, bindings.Failed("query", c.connector.binding.name, errClosed)
	}
	ctx, query := c.connector.binding.watch.BeginQuery(ctx, op, text)
	result, err := do(ctx)
	if err != nil {
		var status string
		status, err = c.connector.failure(ctx, "query", err)
		if err == driver.ErrSkip { // comes again as a prepared statement
			query.End(nil, "")
		} else {
			query.End(err, status)
		}
		return result, err
	}
	query.End(nil, "")
	return result, nil
}

// contextConn is what the drivers of today have.
type contextConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
}

// conn is a connection. Rows are the driver's own.
type conn struct {
	contextConn
	connector   *connector
	transaction bool // one is under way
}

// Unwrap returns the driver's connection.
func (c *conn) Unwrap() driver.Conn { return c.contextConn }

// BeginTx implements [driver.ConnBeginTx].
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	inner, err := run(ctx, c, "BEGIN", "", func(ctx context.Context) (driver.Tx, error) { return c.contextConn.BeginTx(ctx, options) })
	if err != nil {
		return nil, err
	}
	c.transaction = true
	return &tx{inner, ctx, c}, nil
}

// ExecContext implements [driver.ExecerContext].
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	return run(ctx, c, "", text, func(ctx context.Context) (driver.Result, error) {
		return c.contextConn.ExecContext(ctx, text, inUTC(args))
	})
}

// QueryContext implements [driver.QueryerContext].
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return run(ctx, c, "", text, func(ctx context.Context) (driver.Rows, error) {
		return c.contextConn.QueryContext(ctx, text, inUTC(args))
	})
}

// inUTC returns arguments with times in UTC: a TIMESTAMP has no zone, so that the same moment would
// be another one in it.
func inUTC(args []driver.NamedValue) []driver.NamedValue {
	copied := false
	for i := range args {
		at, ok := args[i].Value.(time.Time)
		if !ok {
			continue
		}
		if !copied {
			args, copied = slices.Clone(args), true
		}
		args[i].Value = at.UTC()
	}
	return args
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	inner, err := c.contextConn.PrepareContext(ctx, text)
	if err != nil {
		_, err = c.connector.failure(ctx, "prepare", err)
		return nil, err
	}
	return &statement{inner, c, text}, nil
}

// Prepare implements [driver.Conn].
func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

// Begin implements [driver.Conn].
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// CheckNamedValue implements [driver.NamedValueChecker].
func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if checker, ok := c.contextConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

// IsValid implements [driver.Validator].
func (c *conn) IsValid() bool {
	validator, ok := c.contextConn.(driver.Validator)
	return !ok || validator.IsValid()
}

// Close implements [driver.Conn].
func (c *conn) Close() error {
	if c.connector.slots != nil {
		defer c.connector.slots.give()
	}
	return c.contextConn.Close()
}

// tx is a transaction.
type tx struct {
	inner driver.Tx
	ctx   context.Context // of its beginning
	conn  *conn
}

// Commit implements [driver.Tx].
func (t *tx) Commit() error { return t.end("COMMIT", t.inner.Commit) }

// Rollback implements [driver.Tx].
func (t *tx) Rollback() error { return t.end("ROLLBACK", t.inner.Rollback) }

func (t *tx) end(op string, do func() error) error {
	_, err := run(t.ctx, t.conn, op, "", func(context.Context) (none struct{}, _ error) { return none, do() })
	t.conn.transaction = false
	return err
}

// statement is a prepared statement.
type statement struct {
	driver.Stmt
	conn *conn
	text string
}

// ExecContext implements [driver.StmtExecContext].
func (s *statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return run(ctx, s.conn, "", s.text, func(ctx context.Context) (driver.Result, error) {
		if inner, ok := s.Stmt.(driver.StmtExecContext); ok {
			return inner.ExecContext(ctx, inUTC(args))
		}
		return nil, errNoContext
	})
}

// QueryContext implements [driver.StmtQueryContext].
func (s *statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return run(ctx, s.conn, "", s.text, func(ctx context.Context) (driver.Rows, error) {
		if inner, ok := s.Stmt.(driver.StmtQueryContext); ok {
			return inner.QueryContext(ctx, inUTC(args))
		}
		return nil, errNoContext
	})
}

var errNoContext = errors.New("the driver's statement must have the methods of database/sql/driver that take a context")

// CheckNamedValue implements [driver.NamedValueChecker].
func (s *statement) CheckNamedValue(value *driver.NamedValue) error {
	if checker, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(value)
	}
	return s.conn.CheckNamedValue(value)
}
