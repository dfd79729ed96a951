// Package lock provides mutual exclusion between processes: named locks, held by leases that end by
// themselves if their holder dies.
//
//	locks, err := lock.Open(ctx, platform, "jobs")
//	lease, err := locks.Lock(ctx, "invoice-run")                 // waits; Try does not
//	defer lease.Unlock(ctx)
//	err = run(lease.Context())                                   // which ends when the lease is lost
//
// # Leases
//
// A lease lives for [TTL] from its last renewal, and is renewed in the background every third of
// that, unless [Manual] says otherwise. It is lost if it could not be renewed in time, if somebody
// removed it, or if somebody else has had the lock: then [Lease.Lost] is closed and the context of
// the lease ends. That happens by the holder's own clock and not later than the provider gives the
// lock to somebody else, provided that the clocks run equally fast. Their times are not compared.
//
// # Fencing
//
// A process may be stopped, by a collector, a hypervisor or a debugger, and go on after its lease
// is over without knowing. No lock can prevent that, but the keeper of the data can. Each lease has
// a [Token] that is greater than those of all earlier leases of the same lock. Send it with each
// write, and let the keeper of the data refuse a token smaller than the greatest it has seen.
//
// # What is not promised
//
// Waiters are served in no particular order: each asks again after a short random time. The holder
// of a lock cannot take it a second time. Tokens grow as long as the provider keeps its data: a
// server that has lost its data starts counting again.
//
// Operations are recorded as those of the other stores, with the name of the binding and never that
// of the lock. A provider implements [Store]. Package locktest holds it to what is written here.
package lock
