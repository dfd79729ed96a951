package slots

import "github.com/instrumentgo/instrument/runtimehooks/internal/shared"

// named holds the process's slots that have names.
var named shared.Registry[*Slots]

// Get returns the slots called name, made with the numbers if it is the first time, or with the
// name "" new ones for the function.
func Get(name, function string, max, queue int) *Slots {
	if name == "" {
		return New(function, max, queue)
	}
	return named.Get(name, func() *Slots { return New(name, max, queue) })
}

// Lookup returns the slots called name, if a call has made them.
func Lookup(name string) (*Slots, bool) { return named.Lookup(name) }
