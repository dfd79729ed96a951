// Package guard puts the policies that an environment gives a binding around its operations: the
// portable type of each kind asks [For] for the guard of its binding, and does its operations on
// the provider's store by [Guard.Run], [Do] or [Take]. Where the environment gives no policies the
// guard is nil, and nothing stands between.
//
// # The site
//
// The policies are those of woven functions. A guard is one [runtimehooks.Site], named [SiteName]
// of the binding, of the stack [Stack]: the state page shows it, the live policy file overrides it
// by that name, and the ft.* metrics have the name as code.function.name. There is one for the
// whole binding, so that its operations share the breaker, the bulkhead and the limit; how long
// each operation takes is recorded in db.client.operation.duration. It is known from when the
// binding is first opened until its platform closes. With INSTRUMENT=off it lets everything
// through.
//
// From the outside in: the operation's client span, limit, timeout, retry, breaker, deadline of the
// attempt, bulkhead, provider. The span is the outermost, and one: further attempts, and changes of
// the breaker, are events of it. What the option Wrap of a kind adds is outside the policies: a
// cache that answers asks no breaker.
//
// # What is a failure
//
// An attempt is followed by another if its error is retryable (bindings.Retryable), if it missed
// its own deadline, or if the bulkhead had no slot. These errors and deadlines are failures for the
// breaker. Any other answer is one of a provider that works: NotFound, AlreadyExists and
// FailedPrecondition are successes.
//
// # What is done twice
//
// [Class] says what a second attempt may do. Reads are repeated, and writes that leave the same
// state when they are done again: a plain set or delete. Done twice, such a write may hide what
// somebody else has written in between; but who writes without a condition has no order with others
// anyway, for the write may come late as well.
//
// An operation with a condition is [Conditional]: compare and swap, if absent, taking a lock. If
// its first attempt was done and only the answer was lost, the second finds that the condition does
// not hold, because of the first. To report that would be a lie: who hears FailedPrecondition reads
// again and, of an increment made of compare and swap, does it twice. So a second attempt that
// succeeds is a success, which it is only if the first was not done; and one that finds another
// state fails as the first did, with the code that leaves open whether it was done. That the state
// is what was to be written proves nothing: somebody else may have written the same.
//
// What is neither is [Once]: increments, messages without an ID, streams that cannot be read again.
// An attempt that breaker or bulkhead refused has done nothing, and may be repeated all the same.
//
// # What is not guarded
//
// Feeds, sources of messages and readers live long: the policies are around opening them. Renewing
// and unlocking a lock, settling a message, and waiting for another secret or configuration are not
// under policies: to refuse them would lose what is held.
package guard
