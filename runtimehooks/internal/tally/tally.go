package tally

import (
	"sync/atomic"
	"time"
)

// Retry is how the calls of a retry ended.
type Retry uint8

// The endings of a retry, in the words of MicroProfile's metrics.
const (
	ValueReturned Retry = iota
	NotRetryable
	MaxRetries
	MaxDuration
	retries // how many there are
)

// String returns the value of the attribute retryResult.
func (r Retry) String() string {
	return [...]string{"valueReturned", "exceptionNotRetryable", "maxRetriesReached", "maxDurationReached"}[r]
}

// Breaker is what a circuit breaker saw.
type Breaker uint8

// What a circuit breaker sees.
const (
	Success Breaker = iota
	Failure
	Open
	EndedByCaller
	breakers
)

// String returns the value of the attribute circuitBreakerResult.
func (b Breaker) String() string {
	return [...]string{"success", "failure", "circuitBreakerOpen", "endedByCaller"}[b]
}

// Cache is what a cache gave.
type Cache uint8

// What a cache gives.
const (
	Hit    Cache = iota
	Shared       // the result of a call that ran at the time
	Miss
	caches
)

// String returns the value of the attribute cacheResult.
func (c Cache) String() string { return [...]string{"hit", "shared", "miss"}[c] }

// Tally is the counts of one site. The zero Tally is ready.
type Tally struct {
	Started  atomic.Int64 // calls that have begun
	Failures atomic.Int64 // calls that have failed
	Latency  Latency      // of calls that have ended
	failed   atomic.Pointer[Latency]

	Invocations [2][2]atomic.Int64 // first index 1 for calls that have failed, second for those that the fallback answered

	Retry    [2][retries]atomic.Int64 // first index 1 for calls that were retried
	Retries  atomic.Int64
	Timeout  [2]atomic.Int64 // 1 for calls that timed out
	Breaker  [breakers]atomic.Int64
	Bulkhead [2]atomic.Int64 // 1 for calls that were rejected
	Limit    [2]atomic.Int64 // 1 for calls that were refused
	Cache    [caches]atomic.Int64
	Hedges   [2]atomic.Int64 // calls, and 1 for further attempts
}

// AddFailed notes how long a failed call has taken, which Latency has counted: without those, it
// tells how long a success takes.
func (t *Tally) AddFailed(d time.Duration) {
	failed := t.failed.Load()
	if failed == nil {
		t.failed.CompareAndSwap(nil, new(Latency)) // few sites fail, and it is as large as all the rest
		failed = t.failed.Load()
	}
	failed.Add(d)
}

// Usual returns what nine out of ten successful calls have taken at most; 0 if none has succeeded.
func (t *Tally) Usual() time.Duration { return t.Latency.without(t.failed.Load(), 0.9) }

// Index returns 1 for true.
func Index(b bool) int {
	if b {
		return 1
	}
	return 0
}
