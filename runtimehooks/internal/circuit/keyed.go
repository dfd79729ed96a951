package circuit

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

// Keys is how many breakers a [Keyed] has at most.
const Keys = 1000

// Keyed is one breaker for each key, below one name. Of more than Keys it drops the one least
// recently asked for: first among those that have nothing to lose, being closed without a failure,
// then among those that would let a call through, and among open ones only when all are open. A
// dropped breaker begins again as closed when its key comes again.
type Keyed struct {
	name string

	mu       sync.Mutex
	config   Config
	mode     Mode
	breakers *keyed.Map[*Breaker]

	// What dropped breakers have counted, so that the sums never fall.
	spent  [3]time.Duration
	opened int64
}

// NewKeyed returns breakers of one configuration.
func NewKeyed(name string, config Config) *Keyed {
	return &Keyed{name: name, config: config, breakers: keyed.New[*Breaker]()}
}

// Name returns the name that NewKeyed was given.
func (k *Keyed) Name() string { return k.name }

// Get returns the key's breaker. The key must have no fault.
func (k *Keyed) Get(key keyed.Key) *Breaker {
	k.mu.Lock()
	b, ok := k.breakers.Get(key)
	k.mu.Unlock()
	if !ok {
		b = k.add(key.Clone())
	}
	return b
}

// add makes a breaker, unless there is one by now.
func (k *Keyed) add(key keyed.Key) *Breaker {
	text, now := key.String(), time.Now() // without the lock: it may call methods of the user's
	k.mu.Lock()
	defer k.mu.Unlock()
	if b, ok := k.breakers.Get(key); ok {
		return b
	}
	if k.breakers.Len() >= Keys {
		k.drop(now)
	}
	b := newKey(k.name, text, k.config)
	if k.mode != Auto {
		b.born(k.mode)
	}
	k.breakers.Add(key, b)
	return b
}

// born makes a new breaker as if it had been forced before it was made: no listener is called, for
// nothing has changed.
func (b *Breaker) born(mode Mode) {
	b.mode = mode
	if mode == ForcedOpen {
		b.state = Open
	}
	b.setQuiet()
}

// drop removes the breaker that is missed least.
func (k *Keyed) drop(now time.Time) {
	var key keyed.Key
	victim, least := (*Breaker)(nil), worth(0)
	for at, b := range k.breakers.Oldest() {
		w := b.worth(k.mode, now)
		if victim == nil || w < least {
			key, victim, least = at, b, w
		}
		if w == nothing {
			break
		}
	}
	k.breakers.Delete(key)
	for state, spent := range victim.Durations(now) {
		k.spent[state] += spent
	}
	k.opened += victim.Opened()
}

// worth is what would be lost with a breaker.
type worth uint8

const (
	nothing  worth = iota
	counts         // it lets calls through, but something of what it has counted may open it
	recovers       // it lets a few calls through
	refuses        // it lets none through
	forced         // and an operator wants that of this key in particular
)

// worth returns what would be lost where new breakers have the given mode. An open breaker whose
// cooldown is over lets a call through: keys that nobody asks for any more do not stay because they
// failed once.
func (b *Breaker) worth(mode Mode, now time.Time) worth {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.mode != mode:
		return forced
	case b.mode != Auto:
		return nothing
	case b.state == Open && b.wait(now) > 0:
		return refuses
	case b.state != Closed:
		return recovers
	case b.failures > 0:
		return counts
	case b.window != nil:
		if total, _ := b.window.judged(); total.Failures+total.Slow > 0 {
			return counts
		}
	}
	return nothing
}

// Force sets the mode of all breakers, and of those that come.
func (k *Keyed) Force(mode Mode, now time.Time) {
	k.mu.Lock()
	k.mode = mode
	k.mu.Unlock()
	for _, b := range k.list() { // without the lock: listeners may ask for breakers
		b.Force(mode, now)
	}
}

// Reconfigure changes the options of all breakers, and of those that come.
func (k *Keyed) Reconfigure(config Config, now time.Time) {
	k.mu.Lock()
	k.config = config
	k.mu.Unlock()
	for _, b := range k.list() {
		b.Reconfigure(config, now)
	}
}

// list returns the breakers, sorted by the text of their key.
func (k *Keyed) list() []*Breaker {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]*Breaker, 0, k.breakers.Len())
	for _, b := range k.breakers.Oldest() {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *Breaker) int { return strings.Compare(a.key, b.key) })
	return list
}

// Lookup returns the key's breaker, if it has one.
func (k *Keyed) Lookup(key keyed.Key) (*Breaker, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.breakers.Peek(key)
}

// Written returns the breakers whose key has that text for people to read.
func (k *Keyed) Written(text string) []*Breaker {
	return slices.DeleteFunc(k.list(), func(b *Breaker) bool { return b.key != text })
}

// Each calls f for all breakers.
func (k *Keyed) Each(f func(*Breaker)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.breakers.Oldest() {
		f(b)
	}
}

// Snapshots returns all breakers as they are now, sorted by the text of their key.
func (k *Keyed) Snapshots(now time.Time) []Snapshot {
	var list []Snapshot
	for _, b := range k.list() {
		list = append(list, b.Snapshot(now))
	}
	return list
}

// Durations returns how long breakers have been in each state until now, the sum over all keys.
func (k *Keyed) Durations(now time.Time) [3]time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	sum := k.spent
	for _, b := range k.breakers.Oldest() {
		for state, spent := range b.Durations(now) {
			sum[state] += spent
		}
	}
	return sum
}

// Opened returns how often closed breakers have opened, the sum over all keys.
func (k *Keyed) Opened() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	sum := k.opened
	for _, b := range k.breakers.Oldest() {
		sum += b.Opened()
	}
	return sum
}
