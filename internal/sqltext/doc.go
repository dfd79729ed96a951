// Package sqltext reads SQL as far as telemetry and messages need it: what a statement does to
// which tables, its text without literals, and where the statements of a script begin. It knows the
// lexical rules that PostgreSQL and SQLite share, and PostgreSQL's own strings; it is no parser,
// and nothing is executed by what it says.
package sqltext
