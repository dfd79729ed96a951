package postgres

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// table is a table that the provider makes where there is none, and the sequence that numbers its
// rows.
type table struct {
	name, sequence string // quoted
	schema         string // the statements that make the table
	sweep          string // the statement that removes what nobody needs any more

	mu    sync.Mutex
	swept bool // somebody sweeps it
}

// newTable returns a table, whose sequence has its name with an ending, and a function that fills
// in the words of its statements: TABLE is its name, NEXT draws the next number, and more words and
// what they stand for are given in pairs.
func newTable(name pgx.Identifier, ending string, more ...string) (*table, func(string) string) {
	sequence := slices.Clone(name)
	sequence[len(sequence)-1] += ending
	t := &table{name: name.Sanitize(), sequence: sequence.Sanitize()}
	fill := strings.NewReplacer(append(more,
		"TABLE", t.name,
		"NEXT", "nextval('"+strings.ReplaceAll(t.sequence, "'", "''")+"')")...).Replace
	t.sweep = fill(`DELETE FROM TABLE WHERE expires < clock_timestamp() - interval '1 day'`)
	return t, fill
}

// open makes the table if it is not there, and sweeps it from the first time on.
func (t *table) open(ctx context.Context, c *conn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.make(ctx, c.db); err != nil {
		return coded(err)
	}
	if !t.swept {
		t.swept = true
		go c.sweep(t)
	}
	return nil
}

// lockKey is the advisory lock under which tables are made: two services that start at once would
// fail.
const lockKey = 0x696e7374 // "inst"

// make makes the table, if there is none: the user need not be allowed to where there is.
func (t *table) make(ctx context.Context, db *pgxpool.Pool) error {
	var exists bool
	if err := db.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, t.name).Scan(&exists); err != nil || exists {
		return err
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `CREATE SEQUENCE IF NOT EXISTS `+t.sequence+`; `+t.schema)
		return err
	})
}

// sweepEvery is how often rows that were deleted or have expired more than a day ago are removed.
const sweepEvery = 10 * time.Minute

// sweep removes what nobody needs any more from a table, until the connection is closed.
func (c *conn) sweep(t *table) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		// What fails now is done the next time.
		_, _ = c.db.Exec(c.sweeping, t.sweep)
		select {
		case <-c.sweeping.Done():
			return
		case <-ticker.C:
		}
	}
}
