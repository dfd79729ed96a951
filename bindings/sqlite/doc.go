// Package sqlite provides kv from a SQLite file, without cgo.
//
//	carts:   sqlite:data/shop.db
//	scratch: sqlite:               # in memory
//
// All spaces are in one table, instrument_kv, which is made if it is not there. The file is in write-ahead mode: readers do
// not wait, and writers, also those of other processes, come one after the other. So the revisions of all keys only grow.
// Time is this machine's.
//
// A watch looks for later revisions every 100 ms, unless the option poll says otherwise, since other processes may write. A
// deleted or expired entry leaves a row for a day, which is swept when the file is opened and then every ten minutes.
package sqlite
