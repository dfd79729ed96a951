package secret

import (
	"context"
	"iter"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/document"
)

// Store is what a provider implements: the secret of one space.
//
//	Abilities() Abilities
//	Get(ctx context.Context) (data []byte, version string, err error)
//
// Abilities returns what the store can do, which does not change. Get returns the secret and its
// version, or NotFound. Callers must not change the bytes.
type Store = document.Store

// Abilities are what a store declares. What is declared must work, and what is not is refused.
//
//	Version bool // another secret has another version
//	Watch   bool // the store is a Watcher; it has versions then
type Abilities = document.Abilities

// Watcher is a store that notices changes.
//
//	Changed(ctx context.Context, seen string) error
//
// Changed returns when the secret has another version than the one seen, which is "" for none, or
// ctx has ended.
type Watcher = document.Watcher

// Opener is what a provider's connection implements to provide secret.
type Opener interface {
	bindings.SecretConn
	// OpenSecret returns the store of a space. It may be called more than once for one space.
	OpenSecret(ctx context.Context, space bindings.Space) (Store, error)
}

// Option is an option of [Open] and [Get].
type Option func(*settings)

type settings struct{ tenants bool }

// PerTenant has a secret for each tenant, and refuses operations without a tenant, whether the
// environment asks for that or not.
func PerTenant() Option { return func(s *settings) { s.tenants = true } }

// Source is where a secret comes from. [Open] returns it. Copies are the same source, and many
// goroutines may call all methods at once.
type Source struct{ access document.Access }

// Open returns the source that an environment binds to a logical name. It does not read the secret.
func Open(ctx context.Context, p *bindings.Platform, name string, options ...Option) (Source, error) {
	link, err := p.Lookup(name, bindings.Secret)
	if err != nil {
		return Source{}, err
	}
	s := &settings{}
	for _, o := range options {
		o(s)
	}
	a, err := document.Open(ctx, link, s.tenants, link.Conn().(Opener).OpenSecret)
	return Source{a}, err
}

// Get returns the secret that an environment binds to a logical name, as it is now.
func Get(ctx context.Context, p *bindings.Platform, name string, options ...Option) (Secret, error) {
	source, err := Open(ctx, p, name, options...)
	if err != nil {
		return Secret{}, err
	}
	return source.Get(ctx)
}

// Abilities returns what the source can do: if the binding is scoped to tenants, what the one of
// the context's tenant can do.
func (s Source) Abilities(ctx context.Context) (Abilities, error) { return s.access.Abilities(ctx) }

// Get returns the secret as it is now. Its error is NotFound if there is none, and
// FailedPrecondition if it is empty, which is nobody's secret.
func (s Source) Get(ctx context.Context) (Secret, error) {
	c, err := s.access.Begin(ctx, "get")
	if err != nil {
		return Secret{}, err
	}
	defer c.Unwind()
	text, version, err := c.Store.Get(c.Ctx)
	if err == nil && len(text) == 0 {
		err = bindings.Errorf(bindings.FailedPrecondition, "the secret must not be empty")
	}
	if err != nil {
		return Secret{}, c.End(err)
	}
	return New(string(text), version), c.End(nil)
}

// Watch returns the secret as it is now, and then each secret that replaces it, until ctx ends or
// the platform is closed. An error, such as NotFound while there is none, does not end it, except
// for Unimplemented: the provider does not notice changes.
func (s Source) Watch(ctx context.Context) iter.Seq2[Secret, error] {
	return access.Watch(ctx, s.access.Closing(), s.Get, Secret.Version, s.access.Changed)
}
