package budget

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// Period is how long calls and tries count.
	Period = 10 * time.Second

	// Floor is how many tries there may be in a Period however few calls there are.
	Floor = 10

	buckets = 20
	width   = Period / buckets
)

// Budget counts the calls and the tries, beyond them, of the last Period. Its methods may be called
// from any goroutine.
type Budget struct {
	epoch  time.Time
	newest atomic.Int64 // counts buckets from epoch; the ring's index modulo its length
	ring   [buckets]bucket

	mu    sync.Mutex // for all but a call in the newest bucket
	share float64
}

// bucket is what happened in a part of the period. Calls are many, and are counted without the
// lock.
type bucket struct {
	calls atomic.Int64
	tries int64
}

// New returns a budget of share times the calls, and Floor.
func New(share float64) *Budget { return &Budget{epoch: time.Now(), share: share} }

// Call counts a call that began at the time now.
func (b *Budget) Call(now time.Time) {
	at := b.at(now)
	newest := b.newest.Load()
	if at > newest {
		b.mu.Lock()
		newest = b.advance(at)
		b.mu.Unlock()
	}
	b.ring[newest%buckets].calls.Add(1)
}

// Try counts a try at the time now, and reports true, if there is still one in the budget.
func (b *Budget) Try(now time.Time) bool {
	at := b.at(now)
	b.mu.Lock()
	defer b.mu.Unlock()
	newest := b.advance(at)
	if calls, tries := b.sum(); tries+1 > b.allowed(calls) {
		return false
	}
	b.ring[newest%buckets].tries++
	return true
}

// Set changes the share.
func (b *Budget) Set(share float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.share = share
}

// Snapshot is a budget at one moment.
type Snapshot struct {
	Share   float64
	Calls   int64 // in the last Period
	Tries   int64 // likewise
	Allowed int64 // tries that there may be
}

// Snapshot returns the budget at the time now.
func (b *Budget) Snapshot(now time.Time) Snapshot {
	at := b.at(now)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(at)
	calls, tries := b.sum()
	return Snapshot{Share: b.share, Calls: calls, Tries: tries, Allowed: b.allowed(calls)}
}

func (b *Budget) at(now time.Time) int64 { return int64(now.Sub(b.epoch) / width) }

func (b *Budget) allowed(calls int64) int64 { return int64(b.share*float64(calls)) + Floor }

func (b *Budget) sum() (calls, tries int64) {
	for i := range b.ring {
		calls += b.ring[i].calls.Load()
		tries += b.ring[i].tries
	}
	return calls, tries
}

// advance empties the buckets that have gone out of the period, and returns the newest one. A call
// that reads it just before may be counted a bucket late, or not at all if it stands still for a
// whole period. The lock is held.
func (b *Budget) advance(to int64) int64 {
	newest := b.newest.Load()
	if to <= newest { // another reading of the clock came first
		return newest
	}
	for i := max(newest+1, to-buckets+1); i <= to; i++ {
		b.ring[i%buckets].calls.Store(0)
		b.ring[i%buckets].tries = 0
	}
	b.newest.Store(to)
	return to
}
