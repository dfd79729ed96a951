package cachehooks

import (
	"math"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// New returns a store of at most size entries, at least 1, each of which is kept for ttl after it
// was set; with a ttl of 0 it is kept until it is evicted. Entries that were used seldom and long
// ago are evicted. The store need not be closed.
func New(size int, ttl time.Duration) runtimehooks.CacheStore {
	return &store{
		entries: otter.Must(&otter.Options[runtimehooks.Key, entry]{
			MaximumSize: max(size, 1),
			Executor:    func(upkeep func()) { upkeep() },
		}),
		ttl:   ttl,
		epoch: time.Now(),
	}
}

// store implements runtimehooks.CacheStore.
type store struct {
	entries *otter.Cache[runtimehooks.Key, entry]
	ttl     time.Duration
	epoch   time.Time
}

// entry is a value and the time when it expires.
type entry struct {
	value any
	until time.Duration // since the store's epoch; math.MaxInt64 for ever
}

// Get returns the key's value, unless it has expired.
func (s *store) Get(key runtimehooks.Key) (any, bool) {
	e, ok := s.entries.GetIfPresent(key)
	if !ok {
		return nil, false
	}
	if s.expired(e) {
		s.discard(key)
		return nil, false
	}
	return e.value, true
}

func (s *store) expired(e entry) bool {
	return e.until != math.MaxInt64 && time.Since(s.epoch) >= e.until
}

// discard removes the key's entry if it has expired. By now another entry may have replaced it.
func (s *store) discard(key runtimehooks.Key) {
	s.entries.ComputeIfPresent(key, func(e entry) (entry, otter.ComputeOp) {
		if s.expired(e) {
			return entry{}, otter.InvalidateOp
		}
		return e, otter.CancelOp
	})
}

// Set keeps the value, and starts its time again. It copies the key, which may be a part of a much
// longer string.
func (s *store) Set(key runtimehooks.Key, value any) {
	e := entry{value: value, until: math.MaxInt64}
	if s.ttl > 0 {
		if now := time.Since(s.epoch); s.ttl < math.MaxInt64-now {
			e.until = now + s.ttl
		}
	}
	s.entries.Set(key.Clone(), e)
}

// Delete forgets the key.
func (s *store) Delete(key runtimehooks.Key) { s.entries.Invalidate(key) }

// Len returns how many entries there are, including expired ones that nobody has asked for.
func (s *store) Len() int { return s.entries.EstimatedSize() }
