package circuit

import "sync"

// registry holds the process's breakers that have names. Those with keys are apart: a name may be of both kinds.
var registry struct {
	mu    sync.Mutex
	plain map[string]*Breaker
	keyed map[string]*Keyed
}

// named returns what is called name in the map, made by create if it is the first time. Later configurations are ignored:
// sites that share a breaker share its first caller's.
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

// Get returns the breaker called name, or with the name "" a new one for the function.
func Get(name, function string, config Config) *Breaker {
	if name == "" {
		return New(function, config)
	}
	return named(&registry.plain, name, func() *Breaker { return New(name, config) })
}

// GetKeyed returns the breakers with keys that are called name, or with the name "" new ones for the function.
func GetKeyed(name, function string, config Config) *Keyed {
	if name == "" {
		return NewKeyed(function, config)
	}
	return named(&registry.keyed, name, func() *Keyed { return NewKeyed(name, config) })
}

// Lookup returns the breaker called name, if a call has made it.
func Lookup(name string) (*Breaker, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	b, ok := registry.plain[name]
	return b, ok
}

// LookupKeyed returns the breakers with keys that are called name, if a call has made them.
func LookupKeyed(name string) (*Keyed, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	k, ok := registry.keyed[name]
	return k, ok
}
