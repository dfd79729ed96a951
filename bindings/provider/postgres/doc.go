// Package postgres provides kv, locks and sql from PostgreSQL 12 or newer.
//
//	carts: {url: "postgres://orders@db.internal/orders?ttl=24h", password: {secret: db-password}}
//
// All spaces are in one table, instrument_kv unless the option table says otherwise, which is made
// if it is not there. Keys are bytes, so lists are in the order of bytes and a prefix is a range of
// the primary key. Time is the server's.
//
// A deleted entry leaves a row without a value for a day. So the row of a key that is written again
// is there, and is locked, when the new revision is drawn from the sequence: the revisions of a key
// only grow, however many write at once.
//
// There is no watch: NOTIFY makes all writers wait for each other, and a revision that is drawn
// first may be committed last.
//
// # SQL
//
//	stock: {url: "postgres://orders@db.internal/orders?max-open=20", password: {secret: db-password}}
//
// Each space of sql is a schema, such as orders__stock, which is made if it is not there: the user
// needs CREATE on the database for that, or somebody makes it before, with the comment that the
// error tells. It is the whole search path of the space's connections, so functions of extensions
// in public are called public.name. Two schemas are two spaces; that a service does not name
// another's on purpose is for roles and grants.
//
// The search path is a startup parameter of each connection. A proxy that shares connections
// between clients must keep it for each: PgBouncer does with track_extra_parameters = search_path,
// and refuses the connection otherwise.
//
// The connections of sql are not those of kv and locks, whose search path is the user's. All
// tenants of a binding share max-open: one that needs a connection gets that of a tenant who does
// not use his.
package postgres
