// Package nats provides config, kv, blob, locks and topics from NATS JetStream: from a server, or
// from one inside this process.
//
//	carts:    nats://orders@bus.internal:4222            # a bucket for each space
//	invoices: nats+embedded:data/nats                    # a server in this process, its files in data/nats, without a port
//	scratch:  nats+embedded:                             # the same in memory
//
// The embedded server has an account for each service and tenant: their buckets have the same names
// and do not see each other. An account is made when its tenant first comes, which with its first
// bucket takes 7 ms in memory and 12 ms on disk, and about 0.1 MB and six goroutines more than a
// bucket in a shared account; after a restart it has its data again. A server of one's own has the
// accounts that its operator makes: there the name of a bucket has the service and the tenant in
// it.
//
// The embedded server writes every message to disk before it answers. All bindings and platforms of
// a process share the server of a folder, which is locked: another process is refused.
//
// # What JetStream is made to do
//
// Package jetstream's own KeyValue writes an update without the time to live of the entry, so that
// a lock which is renewed lives for ever. This package publishes to the bucket's subjects itself,
// with the revision that is expected and the time to live, and carries the moment of expiry in a
// header, so that writes which keep the time cannot add to it by rounding.
//
// Keys become subjects: "/" separates tokens, so that a prefix that ends in "/" is found by the
// server, and bytes which a token does not take are escaped. Wildcards match whole tokens, so the
// rest of a prefix is compared here.
//
// Times to live need a server of version 2.11 or newer and are whole seconds; on an older one they
// are not declared, and so refused. An increment is a loop of compare-and-swap, and there is no
// writing of several keys as one: who sets many may find some of them set. Deletions are remembered
// for a day, with a quota for a minute, or for ever on an older server.
//
// In a cluster only the leader of a bucket answers reads, so that they have what was written
// before, lists too.
package nats
