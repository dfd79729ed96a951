package runtimehooks

import "time"

// The types of this file are the options of the policies, as those of options.go are the options of
// the other aspects. A policy that has a Name shares its state with the policies of its kind that
// have the same one.

// Limit lets so many calls begin in a time. One that comes too early is refused with a
// [*LimitedError], or waits.
type Limit struct {
	Name  string        // sites with one name share one limiter; "" for one of its own
	Rate  int           // calls that may begin in Per
	Per   time.Duration // the time that Rate is about
	Burst int           // calls that may begin at once after a pause
	Wait  time.Duration // longest time that a call waits for its turn; 0 to refuse it at once
}

// Authz has a function say whether the caller may do this. It is asked before the body; what it
// returns is the reason in a [*DeniedError].
type Authz struct {
	Challenge string // WWW-Authenticate of a response with status 401; "" for Bearer
}

// Validate has a function judge the arguments. It is asked before the body; what it returns is the
// reason in an [*InvalidError].
type Validate struct{}

// Idempotent has at most one call with a key succeed: later ones get the results of that call, from
// an [IdempotencyStore]. One that comes while another runs is refused with an [*InProgressError],
// or waits.
type Idempotent struct {
	TTL   time.Duration // how long results are kept
	Lease time.Duration // how long a call keeps others out if its process dies; longer than any call takes
	Wait  time.Duration // longest time that a call waits for another one with its key; 0 to refuse it at once
}

// Cache keeps results by key. Of calls that miss with one key at a time, one runs the body and the
// others get what it returns. A result that the fallback gave, and the failure of a call whose
// caller cancelled it, are never kept.
type Cache struct {
	TTL      time.Duration // how long a result is kept; 0 for no limit
	Size     int           // entries
	Negative bool          // whether errors of the body are kept too
	Store    func(size int, ttl time.Duration) CacheStore
}

// CacheStore holds the entries of a cache by the values of their keys, which can be compared. One
// that keeps a key should Clone it. Package cachehooks has one.
type CacheStore interface {
	Get(key Key) (any, bool)
	Set(key Key, value any)
	Delete(key Key)
	Len() int
}

// Fallback has another function answer where everything else failed: with its result the call
// succeeds.
type Fallback struct {
	On   []*error // if any, only after these errors, matched with errors.Is
	Skip []*error // never after these errors, matched with errors.Is; beats On
}

// Timeout gives the whole call a deadline, all attempts and pauses included. A call that ends after
// it fails with a [*TimeoutError], also when the body succeeded late. Where the caller's deadline
// is no later, nothing is done.
type Timeout struct {
	After time.Duration // more than 0
}

// Hedge runs the body once more, next to the first, when that takes long. The first success wins
// and the others are cancelled; the call fails when all that were begun have failed. The body runs
// on goroutines of its own, so that a call does not wait for those that lost.
type Hedge struct {
	Delay  time.Duration // after which another one begins, each time
	Max    int           // bodies at once, the first included
	Budget float64       // share of recent calls that may be hedged; 0 for all
	Close  Closer        // gives back a result of a body that has lost; what it does not know is closed or rolled back

	// Of a site whose functions take the results, woven code asks these: [Call.HedgeIf].
	If     func(error) bool // nil, or only for errors for which it reports true may another body succeed
	Unless func(error) bool // nil, or errors for which it reports true end the call at once
	On     []*error         // if any, only for these errors may another body succeed, matched with errors.Is
	Skip   []*error         // these errors end the call at once, matched with errors.Is
}

// Retry calls the body again when it failed. An error is retried only if it passes all of If,
// Unless, On and Abort that are set. Never retried: a backoff.Permanent error of any version (the
// caller gets the error inside, unless something wraps the two), one that asks by RetryAfter() to
// wait longer than Max, one that says so by a method Permanent() bool in its chain, such as that of
// bindings.Reject, a call whose context has ended, a panic, and, unless On names it, an open
// breaker ([ErrOpen]), nor an error that is the caller's fault ([FaultOf]), unless If or On say
// which are retried.
type Retry struct {
	Attempts int              // calls in all, the first included
	Initial  time.Duration    // the first pause; 0 for no pauses
	Max      time.Duration    // the longest pause; an error that asks for a longer one ends the call
	Factor   float64          // by which each pause is longer than the one before
	Jitter   float64          // random part of each pause, 0 to 1: a pause p becomes p±Jitter*p, at most Max
	Elapsed  time.Duration    // no further attempt starts later than this after the call's start; 0 for no limit
	Each     time.Duration    // deadline of each attempt; 0 for none
	Budget   float64          // share of recent calls that may be retried, beyond a few; 0 for all
	Spans    string           // "attempt" for a child span per attempt
	If       func(error) bool // nil, or retry only errors for which it reports true
	Unless   func(error) bool // nil, or never retry errors for which it reports true
	On       []*error         // if any, retry only these errors, matched with errors.Is
	Abort    []*error         // never retry these errors, matched with errors.Is
}

// Breaker is a circuit breaker. While it is open, calls fail at once with an [*OpenError]. A
// failure does not count if it is the caller's doing: who has cancelled the call, or had less time
// for it than Slow when it began, or without Slow than nine out of ten successful calls of the site
// have taken. Nor does one that is the caller's fault ([FaultOf]), unless If or On say what counts.
type Breaker struct {
	Name     string        // sites with one name share one breaker; "" for one of its own
	Failures int           // consecutive failures that open it, where Rate and SlowRate are 0
	Rate     float64       // share of failures in the window that opens it; 0 to judge by Failures
	Window   int           // the last calls that Rate and SlowRate are judged on, once there are so many
	Period   time.Duration // the time that they are judged on instead; 0 for Window
	Min      int           // calls in Period without which nothing is judged
	Slow     time.Duration // a call is slow that takes so long; 0 for none
	SlowRate float64       // share of slow calls in the window that opens it
	Cooldown time.Duration // time it stays open
	Probes   int           // calls let through at once while half-open, and successes that close it
	// Time after which a call let through while half-open makes room for another; 0 for Cooldown.
	ProbeTimeout time.Duration
	If           func(error) bool // nil, or only errors for which it reports true are failures; others are successes
	Unless       func(error) bool // nil, or errors for which it reports true are successes
	On           []*error         // if any, only these errors are failures, matched with errors.Is; others are successes
	Skip         []*error         // these errors are successes, matched with errors.Is
}

// Bulkhead lets so many calls run at a time. A call holds its slot while the body runs, whatever
// its caller does. One that finds none free is refused with a [*FullError], or waits in turn.
type Bulkhead struct {
	Name  string        // sites with one name share their slots; "" for slots of its own
	Max   int           // calls at a time
	Wait  time.Duration // longest time that a call waits; 0 with Queue to wait as long as its context lets it
	Queue int           // calls that may wait at a time; 0 with Wait for any number; both 0 to refuse at once
}
