package postgres

import "github.com/jackc/pgx/v5"

// entries is the table of all entries of kv, and the statements on it.
type entries struct {
	*table

	get, getMany, list                  string
	set, setMany, create                string
	swap, remove, removeRevision, count string
}

// newEntries writes the statements. LIVE is whether a row e is an entry now, NEXT draws a revision,
// and TTL is the end of a time to live in microseconds, NULL for none.
func newEntries(name pgx.Identifier) *entries {
	made, fill := newTable(name, "_revision",
		"LIVE", "(e.value IS NOT NULL AND (e.expires IS NULL OR e.expires > clock_timestamp()))",
		"TTL", "clock_timestamp() + $4::bigint * interval '1 microsecond'")
	made.schema = `CREATE TABLE IF NOT EXISTS ` + made.name + ` (space text NOT NULL, key bytea NOT NULL, value bytea, revision bigint NOT NULL,
			expires timestamptz, PRIMARY KEY (space, key));
		CREATE INDEX ON ` + made.name + ` (expires) WHERE expires IS NOT NULL`
	t := &entries{table: made}
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
	return t
}
