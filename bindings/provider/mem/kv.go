package mem

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/changes"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// store is the entries of one space.
type store struct {
	mu       sync.Mutex
	entries  map[string]*entry
	keys     []string // sorted
	revision kv.Revision
	hub      *changes.Hub
	room     room
}

type entry struct {
	value    []byte
	revision kv.Revision
	expires  time.Time   // zero for never
	timer    *time.Timer // of expires; nil for never
}

func newStore() *store { return &store{entries: map[string]*entry{}, hub: changes.NewHub(0)} }

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities {
	return kv.Abilities{TTL: true, CompareAndSwap: true, Increment: true, Watch: true, Ordered: true, Sorted: true, ReadYourWrites: true}
}

// Get implements [kv.Store].
func (s *store) Get(_ context.Context, key string) (kv.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.live(key)
	if e == nil {
		return kv.Record{}, bindings.NotFound
	}
	return e.record(key), nil
}

// Set implements [kv.Store].
func (s *store) Set(_ context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.IfAbsent && s.live(key) != nil {
		return 0, bindings.AlreadyExists
	}
	return s.put(key, slices.Clone(value), deadline(w.TTL))
}

// Delete implements [kv.Store].
func (s *store) Delete(_ context.Context, key string, revision kv.Revision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.live(key)
	switch {
	case e == nil && revision != 0:
		return bindings.NotFound
	case e == nil:
		return nil
	case revision != 0 && e.revision != revision:
		return bindings.FailedPrecondition
	}
	s.remove(key)
	return nil
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(_ context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.live(key)
	if e == nil {
		return kv.Record{}, bindings.NotFound
	}
	if e.revision != old {
		return e.record(key), bindings.FailedPrecondition
	}
	expires := e.expires
	if w.TTL != kv.Keep {
		expires = deadline(w.TTL)
	}
	r, err := s.put(key, slices.Clone(value), expires)
	return kv.Record{Key: key, Value: value, Revision: r}, err
}

// Increment implements [kv.Incrementer].
func (s *store) Increment(_ context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	expires := deadline(ttl)
	if e := s.live(key); e != nil {
		var err error
		if n, err = kv.Number(e.value); err != nil {
			return 0, err
		}
		expires = e.expires
	}
	sum, err := kv.Add(n, delta)
	if err != nil {
		return 0, err
	}
	_, err = s.put(key, strconv.AppendInt(nil, sum, 10), expires)
	return sum, err
}

// List implements [kv.Store]. Its cursor is the last key of the page before, after one letter, so
// that it is never "".
func (s *store) List(_ context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start, last := prefix, cursor != ""
	if last {
		start = cursor[1:]
	}
	i, found := slices.BinarySearch(s.keys, start)
	if last && found {
		i++
	}
	var page kv.Page
	now := time.Now()
	for ; i < len(s.keys) && strings.HasPrefix(s.keys[i], prefix); i++ {
		if s.entries[s.keys[i]].gone(now) {
			continue
		}
		if len(page.Keys) == limit {
			page.Cursor = "k" + page.Keys[limit-1]
			break
		}
		page.Keys = append(page.Keys, s.keys[i])
	}
	return page, nil
}

// Watch implements [kv.Watcher].
func (s *store) Watch(_ context.Context, prefix string, from kv.From) (kv.Feed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []kv.Record
	for _, key := range s.keys {
		if e := s.entries[key]; !e.gone(time.Now()) {
			records = append(records, kv.Record{Key: key, Value: e.value, Revision: e.revision})
		}
	}
	return s.hub.Watch(prefix, from, records)
}

// live returns the entry of a key, nil if there is none.
func (s *store) live(key string) *entry {
	e := s.entries[key]
	if e != nil && e.gone(time.Now()) {
		s.remove(key)
		return nil
	}
	return e
}

// put writes an entry whose value is the store's own, if there is room.
func (s *store) put(key string, value []byte, expires time.Time) (kv.Revision, error) {
	e := s.entries[key]
	grows := len(value)
	if e == nil {
		grows += len(key)
	} else {
		grows -= len(e.value)
	}
	if err := s.room.take(grows); err != nil {
		return 0, err
	}
	s.revision++
	if e == nil {
		e = &entry{}
		s.entries[key] = e
		i, _ := slices.BinarySearch(s.keys, key)
		s.keys = slices.Insert(s.keys, i, key)
	}
	if expires != e.expires {
		e.stop()
		if !expires.IsZero() {
			e.timer = time.AfterFunc(time.Until(expires), func() { s.expire(key) })
		}
	}
	e.value, e.revision, e.expires = value, s.revision, expires
	s.hub.Publish(kv.Event{Record: kv.Record{Key: key, Value: value, Revision: s.revision}})
	return s.revision, nil
}

// remove deletes an entry that exists.
func (s *store) remove(key string) {
	s.revision++
	s.entries[key].stop()
	s.room.give(len(key) + len(s.entries[key].value))
	delete(s.entries, key)
	i, _ := slices.BinarySearch(s.keys, key)
	s.keys = slices.Delete(s.keys, i, i+1)
	s.hub.Publish(kv.Event{Record: kv.Record{Key: key, Revision: s.revision}, Deleted: true})
}

// expire removes an entry whose time is over, so that watchers learn of it.
func (s *store) expire(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live(key)
}

func (e *entry) gone(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// stop stops the timer of an entry that is overwritten or deleted.
func (e *entry) stop() {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
}

// record returns a copy of the entry.
func (e *entry) record(key string) kv.Record {
	return kv.Record{Key: key, Value: slices.Clone(e.value), Revision: e.revision}
}

// deadline returns when a time to live from now is over, the zero time for kv.Endless.
func deadline(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}
