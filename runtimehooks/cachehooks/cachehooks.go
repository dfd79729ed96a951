package cachehooks

import (
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// New returns a store of at most size entries, at least 1, each of which is kept for ttl after it
// was set; with a ttl of 0 it is kept until it is evicted. Entries that were used seldom and long
// ago are evicted. The store need not be closed.
func New(size int, ttl time.Duration) runtimehooks.CacheStore {
	s := &store{texts: newShelf[string](size, ttl)}
	s.others = sync.OnceValue(func() *shelf[runtimehooks.Key] { return newShelf[runtimehooks.Key](size, ttl) })
	return s
}

// store implements runtimehooks.CacheStore. The keys of one function all have the same form: one
// text, which is found faster as a string, or another. So only one of the shelves is in use.
type store struct {
	texts  *shelf[string]
	others func() *shelf[runtimehooks.Key]
}

// Get returns the key's value, unless it has expired.
func (s *store) Get(key runtimehooks.Key) (any, bool) {
	if text, ok := key.AsText(); ok {
		return s.texts.get(text)
	}
	return s.others().get(key)
}

// Set keeps the value, and starts its time again. It copies the key, which may be a part of a much
// longer string.
func (s *store) Set(key runtimehooks.Key, value any) {
	if text, ok := key.AsText(); ok {
		s.texts.set(strings.Clone(text), value)
		return
	}
	s.others().set(key.Clone(), value)
}

// Delete forgets the key.
func (s *store) Delete(key runtimehooks.Key) {
	if text, ok := key.AsText(); ok {
		s.texts.entries.Invalidate(text)
		return
	}
	s.others().entries.Invalidate(key)
}

// Len returns how many entries there are, including expired ones that nobody has asked for.
func (s *store) Len() int {
	return s.texts.entries.EstimatedSize() + s.others().entries.EstimatedSize()
}
