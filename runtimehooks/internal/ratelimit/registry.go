package ratelimit

import (
	"sync"
	"time"
)

// registry holds the process's limiters that have names. Those with keys are apart: a name may be of both kinds.
var registry struct {
	mu    sync.Mutex
	plain map[string]*Limiter
	keyed map[string]*Keyed
}

// named returns what is called name in the map, made by create if it is the first time. Later paces are ignored: sites that
// share a limiter share its first caller's.
func named[T any](byName *map[string]T, name string, create func() T) T {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	v, ok := (*byName)[name]
	if !ok {
		if *byName == nil {
			*byName = map[string]T{}
		}
		v = create()
		(*byName)[name] = v
	}
	return v
}

// Get returns the limiter called name, or with the name "" a new one for the function.
func Get(name, function string, events int, per time.Duration, burst int) *Limiter {
	if name == "" {
		return New(function, events, per, burst)
	}
	return named(&registry.plain, name, func() *Limiter { return New(name, events, per, burst) })
}

// GetKeyed returns the limiters with keys that are called name, or with the name "" new ones for the function.
func GetKeyed(name, function string, events int, per time.Duration, burst int) *Keyed {
	if name == "" {
		return NewKeyed(function, events, per, burst)
	}
	return named(&registry.keyed, name, func() *Keyed { return NewKeyed(name, events, per, burst) })
}

// Lookup returns the limiter called name, if a call has made it.
func Lookup(name string) (*Limiter, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	l, ok := registry.plain[name]
	return l, ok
}

// LookupKeyed returns the limiters with keys that are called name, if a call has made them.
func LookupKeyed(name string) (*Keyed, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	k, ok := registry.keyed[name]
	return k, ok
}
