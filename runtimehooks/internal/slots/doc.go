// Package slots is the bulkhead's semaphore: so many calls at a time, and a queue of those that
// wait, first come first served. golang.org/x/sync/semaphore has neither a bound of its queue, nor
// a time to wait but that of a context, nor a size that changes.
//
// Read [Slots] first.
package slots
