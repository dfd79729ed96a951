// Package sqlhooks is a pack for database/sql: every statement and transaction of a database that
// the program opens has a client span and is measured, by the database conventions of
// OpenTelemetry. A rule file takes it by
//
//	aspects.Include(sqlhooks.Rules)
//
// The rules put the functions here in place of sql.Open, sql.OpenDB and (*sql.Conn).Raw. The
// driver is wrapped: its optional interfaces mean what they meant, (*sql.DB).Driver returns the
// driver's own, and so does what (*sql.Conn).Raw passes on. "instrument go" reaches the libraries
// that open databases for the program, too, such as sqlx, gorm and ent; the toolexec driver weaves
// no library.
//
// A statement is named by its summary, such as "SELECT orders", and its text has no literals. The
// text of errors is not recorded, because servers repeat values in it.
//
// Read [Open] first.
package sqlhooks
