// Package sqlite provides kv and sql from SQLite files, without cgo.
//
//	carts:   sqlite:data/shop.db
//	scratch: sqlite:               # in memory
//
// All spaces are in one table, instrument_kv, which is made if it is not there. The file is in
// write-ahead mode: readers do not wait, and writers, also those of other processes, come one after
// the other. So the revisions of all keys only grow. Time is this machine's.
//
// A watch looks for later revisions every 100 ms, unless the option poll says otherwise, since
// other processes may write. A deleted or expired entry leaves a row for a day, which is swept when
// the file is opened and then every ten minutes.
//
// # SQL
//
//	stock: sqlite:data/shop.db          # tables in data/shop.db-sql/orders__stock.db, if the service is orders
//	draft: "sqlite::memory:"            # gone with the process, as with sqlite:
//
// Each space of sql is a file of its own, in a folder next to the file of kv: of another service,
// binding or tenant there is nothing to see, each is backed up or removed alone, and one's writing
// does not keep another waiting. Without a path the files are in a temporary folder that is removed
// when the platform closes, not in SQLite's memory, where readers would keep writers waiting.
//
// Connections have write-ahead mode, foreign keys that are checked, and names in double quotes that
// are names. Transactions begin by taking the lock to write, unless they are opened as read-only:
// one that reads first and writes then would be refused, not kept waiting, if somebody has written
// meanwhile. So there is one writer at a time and any number of readers, in one pool. A writer
// waits for ten seconds, or until its context ends, and then fails with Unavailable.
//
// [Memory] is a database for a test in one line.
package sqlite
