// Package mem provides kv, topics, locks, blob, config and secret from the memory of the process:
// for tests, and for development where nothing need last.
//
//	carts:  mem:
//	orders: mem:?seed=7&errors=0.1&lost=0.05&latency=20ms    # the same faults in every run
//	key:    mem:?value=not-so-secret
//	notes:  mem:?quota=64KiB                                 # the error that a provider with quotas has, in development
//
// [Provider] begins empty for every platform that it opens. A [Memory] is one that outlives them,
// and whose secrets and configuration a test can set.
package mem
