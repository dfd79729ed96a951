package ratelimit

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

// Keys is how many limiters a [Keyed] has at most.
const Keys = 10_000

// Keyed is one limiter for each key, all of one pace. Of more than Keys it drops one that has not
// been asked for recently and whose bucket is full: a new one is the same. Only if none of the
// oldest is full, the key of the fullest gets its tokens back early.
type Keyed struct {
	name string

	mu       sync.Mutex
	pace     *pace
	limiters *keyed.Map[*Limiter]
}

// NewKeyed returns limiters of one pace, as New does.
func NewKeyed(name string, events int, per time.Duration, burst int) *Keyed {
	return &Keyed{name: name, pace: newPace(events, per, burst, time.Now()), limiters: keyed.New[*Limiter]()}
}

// Name returns the name that NewKeyed was given.
func (k *Keyed) Name() string { return k.name }

// Get returns the key's limiter. The key must have no fault.
func (k *Keyed) Get(key keyed.Key) *Limiter {
	k.mu.Lock()
	l, ok := k.limiters.Get(key)
	k.mu.Unlock()
	if !ok {
		l = k.add(key.Clone())
	}
	return l
}

// add makes a limiter, unless there is one by now.
func (k *Keyed) add(key keyed.Key) *Limiter {
	text := key.String() // without the lock: it may call methods of the user's
	k.mu.Lock()
	defer k.mu.Unlock()
	if l, ok := k.limiters.Get(key); ok {
		return l
	}
	if k.limiters.Len() >= Keys {
		k.drop()
	}
	l := newLimiter(k.name, text, k.pace)
	k.limiters.Add(key, l)
	return l
}

// oldest is how many of the limiters least recently asked for are looked at for one to drop: what
// comes from outside may make keys as fast as it likes, and must not make each of them dear.
const oldest = 64

func (k *Keyed) drop() {
	at := k.pace.at(time.Now())
	var victim keyed.Key
	most, n := 0.0, 0
	for key, l := range k.limiters.Oldest() {
		if tokens := k.pace.tokens(l.full.Load(), at); n == 0 || tokens > most {
			victim, most = key, tokens
		}
		if n++; n == oldest || most >= float64(k.pace.burst) {
			break
		}
	}
	k.limiters.Delete(victim)
}

// Set changes the pace of all limiters, and of those that come, as [Limiter.Set] does.
func (k *Keyed) Set(events int, per time.Duration, burst int, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pace = newPace(events, per, burst, k.pace.epoch)
	for _, l := range k.limiters.Oldest() {
		l.set(k.pace, now)
	}
}

// Len returns how many keys have a limiter.
func (k *Keyed) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.limiters.Len()
}

// Snapshots returns the limiters as they are now that have the fewest tokens, at most so many,
// sorted by tokens, then key.
func (k *Keyed) Snapshots(now time.Time, most int) []Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]Snapshot, 0, k.limiters.Len())
	for _, l := range k.limiters.Oldest() {
		list = append(list, l.Snapshot(now))
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
