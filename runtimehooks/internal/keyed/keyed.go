package keyed

import "iter"

// Map is a map by key. It has no lock, and no bound: both are its owner's.
type Map[V any] struct {
	byKey  map[string]*entry[V]
	recent entry[V] // of the ring of entries: next is the latest that was asked for, prev the one least recently
}

// entry is a value in the ring.
type entry[V any] struct {
	prev, next *entry[V]
	key        string
	value      V
}

func (e *entry[V]) unlink() { e.prev.next, e.next.prev = e.next, e.prev }

// insert puts e behind at.
func (e *entry[V]) insert(at *entry[V]) {
	e.prev, e.next = at, at.next
	e.prev.next, e.next.prev = e, e
}

// New returns an empty map.
func New[V any]() *Map[V] {
	m := &Map[V]{byKey: map[string]*entry[V]{}}
	m.recent.prev, m.recent.next = &m.recent, &m.recent
	return m
}

// Get returns the key's value, which is then the latest that was asked for.
func (m *Map[V]) Get(key string) (value V, ok bool) {
	e, ok := m.byKey[key]
	if !ok {
		return value, false
	}
	if m.recent.next != e {
		e.unlink()
		e.insert(&m.recent)
	}
	return e.value, true
}

// Peek is Get that leaves the order as it is.
func (m *Map[V]) Peek(key string) (value V, ok bool) {
	e, ok := m.byKey[key]
	if !ok {
		return value, false
	}
	return e.value, true
}

// Add adds a value under a key that has none. The map keeps the key, which may not be a part of a
// much longer string.
func (m *Map[V]) Add(key string, value V) {
	e := &entry[V]{key: key, value: value}
	m.byKey[key] = e
	e.insert(&m.recent)
}

// Delete removes a key that has a value.
func (m *Map[V]) Delete(key string) {
	m.byKey[key].unlink()
	delete(m.byKey, key)
}

// Len returns how many keys have a value.
func (m *Map[V]) Len() int { return len(m.byKey) }

// Oldest returns the values, the one that was asked for least recently first.
func (m *Map[V]) Oldest() iter.Seq[V] {
	return func(yield func(V) bool) {
		for e := m.recent.prev; e != &m.recent; e = e.prev {
			if !yield(e.value) {
				return
			}
		}
	}
}
