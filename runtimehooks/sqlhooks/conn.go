package sqlhooks

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/instrumentgo/instrument/internal/observe"
)

// conn is a connection that records what it does. It has the optional interfaces of today, and does
// what database/sql does where the driver's connection lacks one. Those that run a statement
// without preparing it are apart: where they are missing, database/sql converts arguments in
// another way.
type conn struct {
	driver.Conn
	watch *observe.Client
	takes bool // the driver takes statements with arguments, without preparing them; a connection is used by one goroutine at a time
}

// Connections whose driver runs statements, queries or both without preparing them.
type (
	execConn  struct{ *conn }
	queryConn struct{ *conn }
	fullConn  struct {
		execConn
		query queryConn
	}
)

// QueryContext implements [driver.QueryerContext].
func (c fullConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.query.QueryContext(ctx, query, args)
}

// wrap returns a connection with the interfaces of the driver's.
func wrap(inner driver.Conn, watch *observe.Client) driver.Conn {
	c := &conn{Conn: inner, watch: watch}
	executes, queries := false, false
	switch inner.(type) {
	case driver.ExecerContext, driver.Execer: //lint:ignore SA1019 drivers have it
		executes = true
	}
	switch inner.(type) {
	case driver.QueryerContext, driver.Queryer: //lint:ignore SA1019 drivers have it
		queries = true
	}
	switch {
	case executes && queries:
		return fullConn{execConn{c}, queryConn{c}}
	case executes:
		return execConn{c}
	case queries:
		return queryConn{c}
	}
	return c
}

func (c *conn) driverConn() driver.Conn { return c.Conn }

// record runs a statement, recorded.
func record[T any](ctx context.Context, watch *observe.Client, op, text string, do func(context.Context) (T, error)) (T, error) {
	ctx, query := watch.BeginQuery(ctx, op, text)
	result, err := do(ctx)
	if err == driver.ErrSkip {
		query.End(nil, "") // it comes again, prepared
	} else {
		query.End(err, observe.SQLState(err))
	}
	return result, err
}

// ExecContext implements [driver.ExecerContext].
func (c execConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	switch inner := c.Conn.(type) {
	case driver.ExecerContext:
		return unlessSkipped(ctx, c.conn, query, len(args), func(ctx context.Context) (driver.Result, error) { return inner.ExecContext(ctx, query, args) })
	case driver.Execer: //lint:ignore SA1019 drivers have it
		values, err := unnamed(args)
		if err != nil {
			return nil, err
		}
		return unlessSkipped(ctx, c.conn, query, len(args), func(ctx context.Context) (driver.Result, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return inner.Exec(query, values)
		})
	}
	return nil, driver.ErrSkip
}

// QueryContext implements [driver.QueryerContext].
func (c queryConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	switch inner := c.Conn.(type) {
	case driver.QueryerContext:
		return unlessSkipped(ctx, c.conn, query, len(args), func(ctx context.Context) (driver.Rows, error) { return inner.QueryContext(ctx, query, args) })
	case driver.Queryer: //lint:ignore SA1019 drivers have it
		values, err := unnamed(args)
		if err != nil {
			return nil, err
		}
		return unlessSkipped(ctx, c.conn, query, len(args), func(ctx context.Context) (driver.Rows, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return inner.Query(query, values)
		})
	}
	return nil, driver.ErrSkip
}

// unlessSkipped is record for what a driver may leave to a prepared statement, which is recorded
// then. Drivers do so with arguments: as long as one has not been seen to take them, a statement is
// recorded when it has ended.
func unlessSkipped[T any](ctx context.Context, c *conn, text string, args int, do func(context.Context) (T, error)) (T, error) {
	if args == 0 || c.takes {
		return record(ctx, c.watch, "", text, do)
	}
	start := time.Now()
	result, err := do(ctx)
	if err == driver.ErrSkip {
		return result, err
	}
	c.takes = true
	c.watch.RecordQuery(ctx, text, start, err)
	return result, err
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	inner, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &stmt{inner, c, query}
	//lint:ignore SA1019 drivers have it
	if converter, ok := inner.(driver.ColumnConverter); ok {
		return &convertingStmt{s, converter}, nil
	}
	return s, nil
}

func (c *conn) prepare(ctx context.Context, query string) (driver.Stmt, error) {
	if inner, ok := c.Conn.(driver.ConnPrepareContext); ok {
		return inner.PrepareContext(ctx, query)
	}
	s, err := c.Conn.Prepare(query)
	if err == nil && ctx.Err() != nil {
		s.Close()
		return nil, ctx.Err()
	}
	return s, err
}

// Prepare implements [driver.Conn].
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// BeginTx implements [driver.ConnBeginTx].
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	inner, err := record(ctx, c.watch, "BEGIN", "", func(ctx context.Context) (driver.Tx, error) { return c.begin(ctx, options) })
	if err != nil {
		return nil, err
	}
	return &tx{inner, ctx, c.watch}, nil
}

// begin begins a transaction, as database/sql does where the driver cannot be told how.
func (c *conn) begin(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if inner, ok := c.Conn.(driver.ConnBeginTx); ok {
		return inner.BeginTx(ctx, options)
	}
	switch {
	case sql.IsolationLevel(options.Isolation) != sql.LevelDefault:
		return nil, errors.New("sql: driver does not support non-default isolation level")
	case options.ReadOnly:
		return nil, errors.New("sql: driver does not support read-only transactions")
	}
	t, err := c.Conn.Begin() //lint:ignore SA1019 the driver has nothing else
	if err == nil && ctx.Err() != nil {
		t.Rollback()
		return nil, ctx.Err()
	}
	return t, err
}

// Begin implements [driver.Conn].
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// Ping implements [driver.Pinger].
func (c *conn) Ping(ctx context.Context) error {
	if inner, ok := c.Conn.(driver.Pinger); ok {
		return inner.Ping(ctx)
	}
	return nil
}

// ResetSession implements [driver.SessionResetter].
func (c *conn) ResetSession(ctx context.Context) error {
	if inner, ok := c.Conn.(driver.SessionResetter); ok {
		return inner.ResetSession(ctx)
	}
	return nil
}

// IsValid implements [driver.Validator].
func (c *conn) IsValid() bool {
	inner, ok := c.Conn.(driver.Validator)
	return !ok || inner.IsValid()
}

// CheckNamedValue implements [driver.NamedValueChecker].
func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if inner, ok := c.Conn.(driver.NamedValueChecker); ok {
		return inner.CheckNamedValue(value)
	}
	return driver.ErrSkip // to the checker that there is without ours
}

// unnamed returns arguments for a driver that knows no names.
func unnamed(args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, arg := range args {
		if arg.Name != "" {
			return nil, errors.New("sql: driver does not support the use of Named Parameters")
		}
		values[i] = arg.Value
	}
	return values, nil
}

// tx is a transaction.
type tx struct {
	driver.Tx
	ctx   context.Context // of its beginning
	watch *observe.Client
}

// Commit implements [driver.Tx].
func (t *tx) Commit() error { return t.end("COMMIT", t.Tx.Commit) }

// Rollback implements [driver.Tx].
func (t *tx) Rollback() error { return t.end("ROLLBACK", t.Tx.Rollback) }

func (t *tx) end(op string, do func() error) error {
	_, err := record(t.ctx, t.watch, op, "", func(context.Context) (none struct{}, _ error) { return none, do() })
	return err
}

// stmt is a prepared statement.
type stmt struct {
	driver.Stmt
	conn *conn
	text string
}

// convertingStmt is one whose driver converts arguments by column.
type convertingStmt struct {
	*stmt
	converter driver.ColumnConverter //lint:ignore SA1019 the driver has it
}

// ColumnConverter implements [driver.ColumnConverter].
func (s *convertingStmt) ColumnConverter(i int) driver.ValueConverter {
	return s.converter.ColumnConverter(i)
}

// ExecContext implements [driver.StmtExecContext].
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return record(ctx, s.conn.watch, "", s.text, func(ctx context.Context) (driver.Result, error) {
		if inner, ok := s.Stmt.(driver.StmtExecContext); ok {
			return inner.ExecContext(ctx, args)
		}
		values, err := unnamed(args)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		return s.Stmt.Exec(values) //lint:ignore SA1019 the driver has nothing else
	})
}

// QueryContext implements [driver.StmtQueryContext].
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return record(ctx, s.conn.watch, "", s.text, func(ctx context.Context) (driver.Rows, error) {
		if inner, ok := s.Stmt.(driver.StmtQueryContext); ok {
			return inner.QueryContext(ctx, args)
		}
		values, err := unnamed(args)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		return s.Stmt.Query(values) //lint:ignore SA1019 the driver has nothing else
	})
}

// CheckNamedValue implements [driver.NamedValueChecker].
func (s *stmt) CheckNamedValue(value *driver.NamedValue) error {
	if inner, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return inner.CheckNamedValue(value)
	}
	return s.conn.CheckNamedValue(value)
}
