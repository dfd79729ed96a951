package postgres

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// table is the table of all entries, and the statements on it.
type table struct {
	name, sequence string // quoted
	once           once

	get, getMany, list                  string
	set, setMany, create                string
	swap, remove, removeRevision, count string
	sweep                               string
}

// newTable writes the statements. LIVE is whether a row e is an entry now, NEXT draws a revision, and TTL is the end of a
// time to live in microseconds, NULL for none.
func newTable(name pgx.Identifier) *table {
	t := &table{name: name.Sanitize()}
	sequence := append(pgx.Identifier{}, name...)
	sequence[len(sequence)-1] += "_revision"
	t.sequence = sequence.Sanitize()
	fill := strings.NewReplacer(
		"TABLE", t.name,
		"LIVE", "(e.value IS NOT NULL AND (e.expires IS NULL OR e.expires > clock_timestamp()))",
		"NEXT", "nextval('"+strings.ReplaceAll(t.sequence, "'", "''")+"')",
		"TTL", "clock_timestamp() + $4::bigint * interval '1 microsecond'",
	).Replace
	const upsert = ` ON CONFLICT (space, key) DO UPDATE SET value = EXCLUDED.value, revision = NEXT, expires = EXCLUDED.expires`
	const insert = `INSERT INTO TABLE AS e (space, key, value, revision, expires) VALUES ($1, $2, $3, NEXT, TTL)`

	t.get = fill(`SELECT value, revision FROM TABLE e WHERE space = $1 AND key = $2 AND LIVE`)
	t.getMany = fill(`SELECT key, value, revision FROM TABLE e WHERE space = $1 AND key = ANY($2::bytea[]) AND LIVE`)
	t.list = fill(`SELECT key FROM TABLE e WHERE space = $1 AND key >= $2 AND ($3::bytea IS NULL OR key < $3) AND ($4::bytea IS NULL OR key > $4) AND LIVE
		ORDER BY key LIMIT $5`)
	t.set = fill(insert + upsert + ` RETURNING revision`)
	t.create = fill(insert + upsert + ` WHERE NOT LIVE RETURNING revision`)
	t.setMany = fill(`INSERT INTO TABLE AS e (space, key, value, revision, expires)
		SELECT $1, u.key, u.value, NEXT, TTL FROM unnest($2::bytea[], $3::bytea[]) AS u (key, value)` + upsert)
	t.swap = fill(`UPDATE TABLE e SET value = $3, revision = NEXT, expires = CASE WHEN $6 THEN e.expires ELSE TTL END
		WHERE space = $1 AND key = $2 AND revision = $5 AND LIVE RETURNING revision`)
	t.remove = fill(`UPDATE TABLE e SET value = NULL, revision = NEXT, expires = clock_timestamp() WHERE space = $1 AND key = $2 AND LIVE`)
	t.removeRevision = t.remove + ` AND revision = $3`
	t.count = fill(`INSERT INTO TABLE AS e (space, key, value, revision, expires) VALUES ($1, $2, convert_to($3::bigint::text, 'UTF8'), NEXT, TTL)
		ON CONFLICT (space, key) DO UPDATE SET revision = NEXT,
			value = CASE WHEN LIVE THEN convert_to((convert_from(e.value, 'UTF8')::bigint + $3::bigint)::text, 'UTF8') ELSE EXCLUDED.value END,
			expires = CASE WHEN LIVE THEN e.expires ELSE EXCLUDED.expires END
		RETURNING value`)
	t.sweep = fill(`DELETE FROM TABLE WHERE expires < clock_timestamp() - interval '1 day'`)
	return t
}

// lockKey is the advisory lock under which the table is made: two services that start at once would fail.
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
		for _, statement := range []string{
			`CREATE SEQUENCE IF NOT EXISTS ` + t.sequence,
			`CREATE TABLE IF NOT EXISTS ` + t.name + ` (space text NOT NULL, key bytea NOT NULL, value bytea, revision bigint NOT NULL,
				expires timestamptz, PRIMARY KEY (space, key))`,
			`CREATE INDEX ON ` + t.name + ` (expires) WHERE expires IS NOT NULL`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// once does something until it has succeeded.
type once struct {
	mu   sync.Mutex
	done bool
}

func (o *once) do(f func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return nil
	}
	err := f()
	o.done = err == nil
	return err
}
