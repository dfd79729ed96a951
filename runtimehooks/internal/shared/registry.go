package shared

import "sync"

// Registry holds the values that have names. The zero Registry is ready. Its methods may be called
// from any goroutine.
type Registry[T any] struct {
	mu     sync.Mutex
	byName map[string]T
}

// Get returns what is called name, made by create if it is the first time: sites that share it
// share its first caller's options.
func (r *Registry[T]) Get(name string, create func() T) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.byName[name]
	if !ok {
		if r.byName == nil {
			r.byName = map[string]T{}
		}
		v = create()
		r.byName[name] = v
	}
	return v
}

// Lookup returns what is called name, if a call has made it.
func (r *Registry[T]) Lookup(name string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.byName[name]
	return v, ok
}
