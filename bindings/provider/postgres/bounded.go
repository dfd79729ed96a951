package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/instrumentgo/instrument/bindings/internal/vanished"
)

// operationTimeout bounds an operation of kv or of a lock whose context has no deadline, unless an
// option says otherwise: the client would wait for ever for a server that hangs, and so would
// everybody who waits for a connection.
const operationTimeout = 30 * time.Second

// bounded is a pool for single operations.
type bounded struct {
	pool   *pgxpool.Pool
	within time.Duration // of an operation whose context has no deadline
}

// limit returns a context with a deadline.
func (b bounded) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, b.within, errNoAnswer)
}

// errNoAnswer is why an operation without a deadline has ended. It is no deadline of the caller's.
var errNoAnswer = errors.New("the server did not answer within the time of the option timeout; whether it was done is not known")

// Exec runs a statement without rows.
func (b bounded) Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error) {
	limited, cancel := b.limit(ctx)
	defer cancel()
	tag, err := b.pool.Exec(limited, statement, args...)
	return tag, mine(ctx, limited, err)
}

// QueryRow runs a statement with one row.
func (b bounded) QueryRow(ctx context.Context, statement string, args ...any) pgx.Row {
	limited, cancel := b.limit(ctx)
	return row{b.pool.QueryRow(limited, statement, args...), ctx, limited, cancel}
}

// Query runs a statement with rows, which are a page or what was asked for by name.
func (b bounded) Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error) {
	limited, cancel := b.limit(ctx)
	r, err := b.pool.Query(limited, statement, args...)
	if err != nil {
		cancel()
		return nil, mine(ctx, limited, err)
	}
	return rows{r, ctx, limited, cancel}, nil
}

// mine returns an error that is not one of the caller's context where it is the bound that has ended
// the operation, and marks that of a table which has vanished.
func mine(callers, limited context.Context, err error) error {
	if err != nil && callers.Err() == nil && context.Cause(limited) == errNoAnswer {
		return errNoAnswer
	}
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok && (answer.Code == undefinedTable || answer.Code == undefinedObject) {
		return vanished.Mark(err)
	}
	return err
}

// What a statement of ours says if its table is gone, or the sequence alone.
const (
	undefinedTable  = "42P01"
	undefinedObject = "42704"
)

// row is a row whose context ends when it is read.
type row struct {
	pgx.Row
	callers, limited context.Context
	cancel           context.CancelFunc
}

// Scan implements [pgx.Row].
func (r row) Scan(dest ...any) error {
	defer r.cancel()
	return mine(r.callers, r.limited, r.Row.Scan(dest...))
}

// rows are rows whose context ends when they are closed.
type rows struct {
	pgx.Rows
	callers, limited context.Context
	cancel           context.CancelFunc
}

// Close implements [pgx.Rows].
func (r rows) Close() {
	r.Rows.Close()
	r.cancel()
}

// Err implements [pgx.Rows].
func (r rows) Err() error { return mine(r.callers, r.limited, r.Rows.Err()) }
