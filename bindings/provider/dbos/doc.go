// Package dbos provides workflows that outlive their process, by DBOS Transact on a file of SQLite:
//
//	checkouts: dbos+sqlite:data/shop.db
//
// DBOS keeps the records of steps and executes runs again after a crash. Beside its tables, in the
// same file, are those of what it does not have in the form that package workflow needs:
// instrument_run for inputs, statuses and ends, and instrument_message for mailboxes.
//
// One process uses a file at a time: a second one would execute the same runs.
package dbos
