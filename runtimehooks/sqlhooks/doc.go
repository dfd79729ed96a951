// Package sqlhooks is a pack for database/sql: every statement and transaction of a database that
// the program opens has a client span and is measured, by the database conventions of
// OpenTelemetry. A rule file takes it by
//
//	aspects.Include(sqlhooks.Rules)
//
// The rules put the functions here in place of sql.Open, sql.OpenDB and (*sql.Conn).Raw. The
// driver is wrapped: its optional interfaces mean what they meant, (*sql.DB).Driver returns the
// driver's own, and so does what (*sql.Conn).Raw passes on. Databases that a library opens, such as
// sqlx or gorm, are reached where a rule of the program's names the library:
//
//	aspects.Rule("sqlx", aspects.Calls(sql.Open).Dependencies("github.com/jmoiron/sqlx"), aspects.Replace(sqlhooks.Open))
//
// A statement is named by its summary, such as "SELECT orders", and its text has no literals. The
// text of errors is not recorded, because servers repeat values in it.
//
// Read [Open] first.
package sqlhooks
