package circuit

import "sync"

var registry struct {
	mu     sync.Mutex
	byName map[string]*Breaker
}

// named returns the process's breaker called name, made with config if it is the first time. Later configurations are
// ignored: sites that share a breaker share its first caller's.
func named(name string, config Config) *Breaker {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	b, ok := registry.byName[name]
	if !ok {
		if registry.byName == nil {
			registry.byName = map[string]*Breaker{}
		}
		b = New(name, config)
		registry.byName[name] = b
	}
	return b
}

// Get returns the breaker called name, or with the name "" a new one for the function.
func Get(name, function string, config Config) *Breaker {
	if name == "" {
		return New(function, config)
	}
	return named(name, config)
}

// Lookup returns the breaker called name, if a call has made it.
func Lookup(name string) (*Breaker, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	b, ok := registry.byName[name]
	return b, ok
}
