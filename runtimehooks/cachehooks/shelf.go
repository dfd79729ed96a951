package cachehooks

import (
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// shelf holds entries by keys of one type.
type shelf[K comparable] struct {
	entries *otter.Cache[K, entry]
	ttl     time.Duration
	epoch   time.Time
}

// entry is a value and the time when it expires.
type entry struct {
	value any
	until time.Duration // since the shelf's epoch; math.MaxInt64 for ever
}

func newShelf[K comparable](size int, ttl time.Duration) *shelf[K] {
	return &shelf[K]{
		entries: otter.Must(&otter.Options[K, entry]{
			MaximumSize: max(size, 1),
			Executor:    func(upkeep func()) { upkeep() },
		}),
		ttl:   ttl,
		epoch: time.Now(),
	}
}

func (s *shelf[K]) get(key K) (any, bool) {
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

func (s *shelf[K]) expired(e entry) bool {
	return e.until != math.MaxInt64 && time.Since(s.epoch) >= e.until
}

// discard removes the key's entry if it has expired. By now another entry may have replaced it.
func (s *shelf[K]) discard(key K) {
	s.entries.ComputeIfPresent(key, func(e entry) (entry, otter.ComputeOp) {
		if s.expired(e) {
			return entry{}, otter.InvalidateOp
		}
		return e, otter.CancelOp
	})
}

func (s *shelf[K]) set(key K, value any) {
	e := entry{value: value, until: math.MaxInt64}
	if s.ttl > 0 {
		if now := time.Since(s.epoch); s.ttl < math.MaxInt64-now {
			e.until = now + s.ttl
		}
	}
	s.entries.Set(key, e)
}
