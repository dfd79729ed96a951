// Package sqldb gives a service its SQL database: a [*sql.DB] of its own tables, whose schema the
// service brings along as migrations.
//
//	//go:embed migrations/*.sql
//	var migrations embed.FS
//
//	db, err := sqldb.Open(ctx, platform, "stock", sqldb.Migrations(migrations))
//	err = db.QueryRowContext(ctx, `SELECT count FROM items WHERE id = $1`, id).Scan(&count)
//
// # Whose tables
//
// Each binding of each service has tables of its own, and so has each tenant of a binding that is
// scoped to tenants: a schema in PostgreSQL, a file in SQLite, created when it is opened for the
// first time. Unqualified names mean those tables and no others. This does not stop a service that
// names another schema on purpose; only the server's own grants do.
//
// A *sql.DB does not ask a context whose data is meant when it connects, so [Open] refuses a
// binding that is scoped to tenants. [OpenTenants] gives a database for each: tenants.DB(ctx).
//
// # Migrations
//
// Files named by a number, such as 0001_items.sql, run in the order of their numbers when the
// database is opened, each in a transaction with the row that says so; of several processes that
// start at once one runs them. One that fails leaves nothing, and the error names file, line and
// statement. There are no down migrations: a later migration corrects a mistake.
//
// A migration must not begin or end a transaction: one with a statement such as BEGIN or COMMIT is
// refused before any runs. What a database cannot do in a transaction is a file of one statement
// that begins with a comment:
//
//	-- instrument:no-transaction
//	CREATE INDEX CONCURRENTLY items_name ON items (name);
//
// Others that start meanwhile wait without a transaction, or PostgreSQL would wait for them. If such
// a statement fails, or the process ends before it is noted, it runs again: an index that is left
// INVALID is dropped and built again, and one that was finished is not built twice. Other statements
// must stand that, as DROP INDEX CONCURRENTLY IF EXISTS does. On SQLite two processes that start at
// once may both run such a statement, as VACUUM; a proxy before PostgreSQL must keep a session's
// connection meanwhile.
//
// A byte order mark and the ends of lines are no part of a migration, so it does not matter who has
// checked it out or saved it.
//
// A migration that has run must stay as it was, and must not disappear; one cannot be put between
// two that have run. Those that a later version of the service has run are left alone, so that an
// earlier version can be started again.
//
// # One text for all
//
// These mean the same in PostgreSQL and SQLite, and package sqldbtest holds both to it by running
// the same text:
//
//   - placeholders $1, $2, …, also the same one twice and in another order
//   - INSERT … ON CONFLICT (…) DO UPDATE SET a = excluded.a, RETURNING, WITH, window functions, CREATE … IF NOT EXISTS
//   - columns of BIGINT, TEXT, BOOLEAN, DOUBLE PRECISION, TIMESTAMP, and of bytes: BYTEA, which SQLite takes for a name
//   - TIMESTAMP with times to the microsecond: times are sent in UTC and come back in UTC
//   - foreign keys, which are checked, and CHECK, UNIQUE, NOT NULL
//   - keys that count: id BIGINT PRIMARY KEY with ids of the program's. SERIAL and AUTOINCREMENT each belong to one of them
//
// And these do not: types with parameters are not checked by SQLite, nor is a text that is put into
// a BIGINT; LIKE looks at case in PostgreSQL only; integer sums overflow differently; SQLite has no
// ALTER COLUMN, and one transaction that writes at a time. A failed statement ends a transaction in
// PostgreSQL, and does not in SQLite: roll back in either. [AbilitiesOf] says which it is.
//
// # Errors
//
// A driver's errors have codes: errors.Is(err, [bindings.AlreadyExists]) for a key that is there,
// FailedPrecondition for a value that a constraint refuses, Unavailable for what may be tried again
// as a whole. [errors.As] finds the driver's own error. Errors of database/sql itself are
// unchanged: [sql.ErrNoRows], [sql.ErrTxDone].
//
// # What is recorded
//
// Each statement is a client span and a point of db.client.operation.duration, by the database
// conventions: with a summary such as "SELECT items", and in spans its text without literals.
// Neither arguments nor the texts of errors are recorded.
//
// # Life
//
// [bindings.Platform.Close] lets statements and transactions under way end, refuses others, and
// closes the database. A program does not close it. What a driver does beyond database/sql is
// available from [sql.Conn.Raw], whose value has a method Unwrap that returns the driver's
// connection.
package sqldb
