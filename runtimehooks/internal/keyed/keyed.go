package keyed

import "iter"

// Map is a map by key. It has no lock, and no bound: both are its owner's. Its keys have no fault.
type Map[V any] struct {
	// Keys of one text or one signed integer have maps of their own, which are faster.
	texts    map[string]*entry[V]
	integers map[uint64]*entry[V]
	others   map[Key]*entry[V]
	recent   entry[V] // of the ring of entries: next is the latest that was asked for, prev the one least recently
}

// entry is a value in the ring.
type entry[V any] struct {
	prev, next *entry[V]
	key        Key
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
	m := &Map[V]{texts: map[string]*entry[V]{}, integers: map[uint64]*entry[V]{}, others: map[Key]*entry[V]{}}
	m.recent.prev, m.recent.next = &m.recent, &m.recent
	return m
}

func (m *Map[V]) find(key Key) (e *entry[V], ok bool) {
	switch key.rest {
	case oneText:
		e, ok = m.texts[key.text]
	case oneInteger:
		e, ok = m.integers[key.number]
	default:
		e, ok = m.others[key]
	}
	return e, ok
}

// Get returns the key's value, which is then the latest that was asked for.
func (m *Map[V]) Get(key Key) (value V, ok bool) {
	e, ok := m.find(key)
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
func (m *Map[V]) Peek(key Key) (value V, ok bool) {
	e, ok := m.find(key)
	if !ok {
		return value, false
	}
	return e.value, true
}

// Add adds a value under a key that has none. The map keeps the key, whose text may not be a part
// of a much longer string.
func (m *Map[V]) Add(key Key, value V) {
	e := &entry[V]{key: key, value: value}
	switch key.rest {
	case oneText:
		m.texts[key.text] = e
	case oneInteger:
		m.integers[key.number] = e
	default:
		m.others[key] = e
	}
	e.insert(&m.recent)
}

// Delete removes a key that has a value.
func (m *Map[V]) Delete(key Key) {
	e, _ := m.find(key)
	e.unlink()
	switch key.rest {
	case oneText:
		delete(m.texts, key.text)
	case oneInteger:
		delete(m.integers, key.number)
	default:
		delete(m.others, key)
	}
}

// Len returns how many keys have a value.
func (m *Map[V]) Len() int { return len(m.texts) + len(m.integers) + len(m.others) }

// Oldest returns the keys and their values, the one that was asked for least recently first.
func (m *Map[V]) Oldest() iter.Seq2[Key, V] {
	return func(yield func(Key, V) bool) {
		for e := m.recent.prev; e != &m.recent; e = e.prev {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}
