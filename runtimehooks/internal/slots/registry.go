package slots

import "sync"

var registry struct {
	mu     sync.Mutex
	byName map[string]*Slots
}

// Get returns the slots called name, made with the numbers if it is the first time, or with the name "" new ones for the
// function. Later numbers are ignored: sites that share slots share their first caller's.
func Get(name, function string, max, queue int) *Slots {
	if name == "" {
		return New(function, max, queue)
	}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	s, ok := registry.byName[name]
	if !ok {
		if registry.byName == nil {
			registry.byName = map[string]*Slots{}
		}
		s = New(name, max, queue)
		registry.byName[name] = s
	}
	return s
}

// Lookup returns the slots called name, if a call has made them.
func Lookup(name string) (*Slots, bool) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	s, ok := registry.byName[name]
	return s, ok
}
