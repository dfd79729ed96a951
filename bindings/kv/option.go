package kv

import (
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Option is an option of [Open] and [New].
type Option func(*settings)

type settings struct {
	codec   bindings.Codec
	tenants bool
	wrap    []func(Store) Store
}

// Codec sets how values are encoded. The default is [bindings.CodecOf] the value's type.
func Codec(codec bindings.Codec) Option { return func(s *settings) { s.codec = codec } }

// PerTenant keeps the entries of each tenant apart, and refuses operations without a tenant,
// whether the environment asks for that or not.
func PerTenant() Option { return func(s *settings) { s.tenants = true } }

// Wrap puts a wrapper around the provider's store, such as a policy. The first one given is the
// outermost. A wrapper must implement the small interface of every ability that it declares.
func Wrap(wrap func(Store) Store) Option {
	return func(s *settings) { s.wrap = append(s.wrap, wrap) }
}

// WriteOption is an option of a write.
type WriteOption struct {
	ttl      time.Duration // 0 unless set
	endless  bool
	ifAbsent bool
}

// TTL lets the entry live that long from now, at most 100 years. It must be positive.
func TTL(d time.Duration) WriteOption {
	if d <= 0 {
		d = -1 // refused by the write
	}
	return WriteOption{ttl: d}
}

// Forever lets the entry live until it is deleted, even if the binding or the entry has a ttl.
func Forever() WriteOption { return WriteOption{endless: true} }

// IfAbsent makes Set fail with AlreadyExists if there is an entry.
func IfAbsent() WriteOption { return WriteOption{ifAbsent: true} }

// WatchOption is an option of [Of.Watch].
type WatchOption struct{ from From }

// After begins a watch with what has changed since a revision. If the provider has forgotten
// deletions of long ago, the error is FailedPrecondition.
func After(r Revision) WatchOption { return WatchOption{From{After: r}} }

// FromNow begins a watch with what changes from now on.
func FromNow() WatchOption { return WatchOption{From{Now: true}} }
