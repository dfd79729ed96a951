package ratelimit

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Keys is how many limiters a [Keyed] has at most.
const Keys = 10_000

// Keyed is one limiter for each key, all of one pace. Of more than Keys it drops one that has not been asked for recently
// and whose bucket is full: a new one is the same. Only if none of the oldest is full, the key of the fullest gets its
// tokens back early.
type Keyed struct {
	name string

	mu     sync.Mutex
	pace   *pace
	byKey  map[string]*entry
	recent entry // of the ring of entries: next is the latest that was asked for, prev the one least recently
}

// entry is a limiter in the ring.
type entry struct {
	prev, next *entry
	limiter    *Limiter
}

func (e *entry) unlink() { e.prev.next, e.next.prev = e.next, e.prev }

// insert puts e behind at.
func (e *entry) insert(at *entry) {
	e.prev, e.next = at, at.next
	e.prev.next, e.next.prev = e, e
}

// NewKeyed returns limiters of one pace, as New does.
func NewKeyed(name string, events int, per time.Duration, burst int) *Keyed {
	k := &Keyed{name: name, pace: newPace(events, per, burst, time.Now()), byKey: map[string]*entry{}}
	k.recent.prev, k.recent.next = &k.recent, &k.recent
	return k
}

// Name returns the name that NewKeyed was given.
func (k *Keyed) Name() string { return k.name }

// Get returns the key's limiter.
func (k *Keyed) Get(key string) *Limiter {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.byKey[key]
	if !ok {
		return k.add(key)
	}
	if k.recent.next != e {
		e.unlink()
		e.insert(&k.recent)
	}
	return e.limiter
}

// add makes a limiter. The key is copied: it may be a part of a much longer string.
func (k *Keyed) add(key string) *Limiter {
	if len(k.byKey) >= Keys {
		k.drop()
	}
	key = strings.Clone(key)
	e := &entry{limiter: newLimiter(k.name, key, k.pace)}
	k.byKey[key] = e
	e.insert(&k.recent)
	return e.limiter
}

// oldest is how many of the limiters least recently asked for are looked at for one to drop: what comes from outside may
// make keys as fast as it likes, and must not make each of them dear.
const oldest = 64

func (k *Keyed) drop() {
	at := k.pace.at(time.Now())
	victim := k.recent.prev
	tokens := k.pace.tokens(victim.limiter.full.Load(), at)
	for e, n := victim.prev, 1; e != &k.recent && n < oldest && tokens < float64(k.pace.burst); e, n = e.prev, n+1 {
		if t := k.pace.tokens(e.limiter.full.Load(), at); t > tokens {
			victim, tokens = e, t
		}
	}
	victim.unlink()
	delete(k.byKey, victim.limiter.key)
}

// Set changes the pace of all limiters, and of those that come, as [Limiter.Set] does.
func (k *Keyed) Set(events int, per time.Duration, burst int, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pace = newPace(events, per, burst, k.pace.epoch)
	for _, e := range k.byKey {
		e.limiter.set(k.pace, now)
	}
}

// Len returns how many keys have a limiter.
func (k *Keyed) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.byKey)
}

// Snapshots returns the limiters as they are now that have the fewest tokens, at most so many, sorted by tokens, then key.
func (k *Keyed) Snapshots(now time.Time, most int) []Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]Snapshot, 0, len(k.byKey))
	for _, e := range k.byKey {
		list = append(list, e.limiter.Snapshot(now))
	}
	slices.SortFunc(list, func(a, b Snapshot) int {
		if a.Tokens != b.Tokens {
			if a.Tokens < b.Tokens {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Key, b.Key)
	})
	return list[:min(most, len(list))]
}
