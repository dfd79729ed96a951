package config

import (
	"context"
	"iter"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/document"
)

// Store is what a provider implements: the document of one space.
//
//	Abilities() Abilities
//	Get(ctx context.Context) (data []byte, version string, err error)
//
// Abilities returns what the store can do, which does not change. Get returns the document and its
// version, or NotFound; what is not text is JSON. Callers must not change the bytes.
type Store = document.Store

// Abilities are what a store declares. What is declared must work, and what is not is refused.
//
//	Version bool // another document has another version
//	Watch   bool // the store is a Watcher; it has versions then
type Abilities = document.Abilities

// Watcher is a store that notices changes.
//
//	Changed(ctx context.Context, seen string) error
//
// Changed returns when the document has another version than the one seen, which is "" for none, or
// ctx has ended.
type Watcher = document.Watcher

// Opener is what a provider's connection implements to provide config.
type Opener interface {
	bindings.Conn
	// OpenConfig returns the store of a space. It may be called more than once for one space.
	OpenConfig(ctx context.Context, space bindings.Space) (Store, error)
}

// Option is an option of [Open] for values of type T.
type Option[T any] func(*settings[T])

type settings[T any] struct {
	tenants, strict bool
	otherwise       *T
}

// Default sets the value to use if there is no document.
func Default[T any](value T) Option[T] { return func(s *settings[T]) { s.otherwise = &value } }

// Strict refuses JSON with fields that the type does not have.
func Strict[T any]() Option[T] { return func(s *settings[T]) { s.strict = true } }

// PerTenant has a document for each tenant, and refuses operations without a tenant, whether the
// environment asks for that or not.
func PerTenant[T any]() Option[T] { return func(s *settings[T]) { s.tenants = true } }

// Of is a configuration of type T. [Open] returns it. Copies are the same one, and many goroutines
// may call all methods at once.
type Of[T any] struct {
	access   document.Access
	settings *settings[T]
}

// Snapshot is a configuration as it was at one moment.
type Snapshot[T any] struct {
	Value   T
	Version string // differs for different documents; "" for none, or if the provider does not say
}

// Open returns the configuration that an environment binds to a logical name. It does not read it.
func Open[T any](ctx context.Context, p *bindings.Platform, name string, options ...Option[T]) (Of[T], error) {
	link, err := p.Lookup(name, bindings.Config)
	if err != nil {
		return Of[T]{}, err
	}
	s := &settings[T]{}
	for _, o := range options {
		o(s)
	}
	a, err := document.Open(ctx, link, s.tenants, link.Conn().(Opener).OpenConfig)
	return Of[T]{a, s}, err
}

// Abilities returns what the provider can do: if the binding is scoped to tenants, for the
// context's tenant.
func (o Of[T]) Abilities(ctx context.Context) (Abilities, error) { return o.access.Abilities(ctx) }

// Get returns the configuration as it is now. Its error is NotFound if there is none and no
// [Default].
func (o Of[T]) Get(ctx context.Context) (T, error) {
	s, err := o.Snapshot(ctx)
	return s.Value, err
}

// Snapshot returns the configuration as it is now, and its version.
func (o Of[T]) Snapshot(ctx context.Context) (Snapshot[T], error) {
	c, err := o.access.Begin(ctx, "get")
	if err != nil {
		return Snapshot[T]{}, err
	}
	defer c.Unwind()
	data, version, err := c.Store.Get(c.Ctx)
	if bindings.Code(err) == bindings.NotFound && o.settings.otherwise != nil {
		return Snapshot[T]{Value: *o.settings.otherwise}, c.End(nil)
	}
	if err != nil {
		return Snapshot[T]{}, c.End(err)
	}
	value, err := decode[T](data, o.settings.strict)
	if err != nil {
		return Snapshot[T]{Version: version}, c.End(bindings.Errorf(bindings.Unknown, "decode document: %w", err))
	}
	return Snapshot[T]{value, version}, c.End(nil)
}

// Watch returns the configuration as it is now, and then each new one, until ctx ends or the
// platform is closed. An error, such as that of a document that cannot be decoded, does not end it,
// so that the last good value may stay in use, except for Unimplemented: the provider does not
// notice changes.
func (o Of[T]) Watch(ctx context.Context) iter.Seq2[Snapshot[T], error] {
	bad := "" // version of a document that could not be decoded
	get := func(ctx context.Context) (Snapshot[T], error) {
		s, err := o.Snapshot(ctx)
		bad = s.Version
		return s, err
	}
	changed := func(ctx context.Context, seen string) error {
		if seen == "" {
			seen = bad
		}
		return o.access.Changed(ctx, seen)
	}
	return access.Watch(ctx, o.access.Closing(), get, func(s Snapshot[T]) string { return s.Version }, changed)
}
