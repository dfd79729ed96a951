// Package pgxhooks is a pack for pgx: every statement, batch and COPY of a connection or pool that
// the program makes has a client span and is measured, by the database conventions of
// OpenTelemetry. A rule file takes it by
//
//	aspects.Include(pgxhooks.Rules)
//
// The rules put the functions here in place of pgx.Connect, ConnectConfig and ConnectWithOptions,
// of pgxpool.New and NewWithConfig, and of those of package stdlib that take pgx to database/sql.
// They set the tracer of the configuration, next to one that the program has set. What package
// pgconn does by itself is not seen.
//
// # What is recorded
//
// A statement is named by its summary, such as "SELECT orders", and its text has no literals. Of a
// prepared statement that is called by its name it is the statement's own. A batch is "BATCH", with
// the summary of its statements if all have the same, and COPY is "COPY orders". The beginning and
// the end of a transaction are "BEGIN", "COMMIT" and "ROLLBACK". Each is a point of
// db.client.operation.duration, in seconds, from the first byte sent to the end of the rows.
// Arguments and the texts of errors, in which servers repeat values, are not recorded; the
// server's code is, as db.response.status_code and error.type.
//
// To connect is a span "CONNECT" where somebody waits for it, and to prepare a statement one
// "PREPARE" where the program asks for it. What a statement prepares for itself is part of it.
//
// A configuration with a tracer of package otelpgx keeps that and gets no second one. A database
// of database/sql that pgx records has no spans of package sqlhooks.
package pgxhooks
