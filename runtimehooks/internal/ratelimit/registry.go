package ratelimit

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/shared"
)

// The process's limiters that have names. Those with keys are apart: a name may be of both kinds.
var (
	plain    shared.Registry[*Limiter]
	withKeys shared.Registry[*Keyed]
)

// Get returns the limiter called name, or with the name "" a new one for the function.
func Get(name, function string, events int, per time.Duration, burst int) *Limiter {
	if name == "" {
		return New(function, events, per, burst)
	}
	return plain.Get(name, func() *Limiter { return New(name, events, per, burst) })
}

// GetKeyed returns the limiters with keys that are called name, or with the name "" new ones for
// the function.
func GetKeyed(name, function string, events int, per time.Duration, burst int) *Keyed {
	if name == "" {
		return NewKeyed(function, events, per, burst)
	}
	return withKeys.Get(name, func() *Keyed { return NewKeyed(name, events, per, burst) })
}

// Lookup returns the limiter called name, if a call has made it.
func Lookup(name string) (*Limiter, bool) { return plain.Lookup(name) }

// LookupKeyed returns the limiters with keys that are called name, if a call has made them.
func LookupKeyed(name string) (*Keyed, bool) { return withKeys.Lookup(name) }
