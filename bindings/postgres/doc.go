// Package postgres provides kv from PostgreSQL 12 or newer.
//
//	carts: {url: "postgres://orders@db.internal/orders?ttl=24h", password: {secret: db-password}}
//
// All spaces are in one table, instrument_kv unless the option table says otherwise, which is made if it is not there. Keys
// are bytes, so lists are in the order of bytes and a prefix is a range of the primary key. Time is the server's.
//
// A deleted entry leaves a row without a value for a day. So the row of a key that is written again is there, and is
// locked, when the new revision is drawn from the sequence: the revisions of a key only grow, however many write at once.
//
// There is no watch: NOTIFY makes all writers wait for each other, and a revision that is drawn first may be committed last.
package postgres
