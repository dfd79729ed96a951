// Package redis provides kv, locks and topics from Redis 6 or newer, and what speaks its protocol.
//
//	carts: redis://cache.internal:6379/2?ttl=24h
//	users: {url: "rediss://orders@cache.internal:6380", password: {secret: cache-password}}
//
// An entry is one Redis string: eight bytes of revision, then the value. A revision is random, so
// that an ordinary SET writes it and no script runs where none is needed; it identifies a write,
// but does not grow. Keys are those of the program after the name of their space and a colon. Lists
// are SCANs, which are not sorted and look at every key of the database: they are for housekeeping.
//
// There is no watch: Redis reports expired keys only if its configuration is changed, and forgets
// these reports while nobody listens.
package redis
