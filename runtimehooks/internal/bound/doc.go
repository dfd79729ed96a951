// Package bound has the context of a call that a policy bounds: [Context] ends with its parent, at
// a deadline, or when it is cancelled, and once it is released with its parent alone.
//
// A context of the standard library cannot be released. Its deadline stays, and to let go of it is
// to cancel it, which ends all that the call has handed on: a transaction, a row that is not
// scanned yet, a goroutine. After Release, what lives on behaves as if it had got the parent.
//
// # What a released context costs its parent
//
// A parent may live as long as the process, so nothing may pile up on it:
//
//   - A context that nobody has asked for its Done or AfterFunc is not registered with the parent
//     at all. After Release, its Done is the parent's own channel.
//   - A context derived from it registers with the parent, by AfterFunc, and is let go when it is
//     cancelled or has ended: as if it had been derived from the parent.
//   - The channel of a Done that was asked for before Release must close when the parent ends, for as
//     long as somebody may receive from it, who need not hold the context. So the parent holds it
//     weakly, and is let go when the garbage collector finds that nobody holds the channel.
//
// A channel cannot be held weakly by the means of the language, except in one conversion: see
// pointer.
package bound
