package circuit

import "github.com/instrumentgo/instrument/runtimehooks/internal/shared"

// The process's breakers that have names. Those with keys are apart: a name may be of both kinds.
var (
	plain    shared.Registry[*Breaker]
	withKeys shared.Registry[*Keyed]
)

// Get returns the breaker called name, or with the name "" a new one for the function.
func Get(name, function string, config Config) *Breaker {
	if name == "" {
		return New(function, config)
	}
	return plain.Get(name, func() *Breaker { return New(name, config) })
}

// GetKeyed returns the breakers with keys that are called name, or with the name "" new ones for
// the function.
func GetKeyed(name, function string, config Config) *Keyed {
	if name == "" {
		return NewKeyed(function, config)
	}
	return withKeys.Get(name, func() *Keyed { return NewKeyed(name, config) })
}

// Lookup returns the breaker called name, if a call has made it.
func Lookup(name string) (*Breaker, bool) { return plain.Lookup(name) }

// LookupKeyed returns the breakers with keys that are called name, if a call has made them.
func LookupKeyed(name string) (*Keyed, bool) { return withKeys.Lookup(name) }
