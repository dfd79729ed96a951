package blob

import (
	"context"
	"io"
	"time"

	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding. It has the methods of all abilities;
// Abilities says which of them the store has.
type guarded struct {
	guard.Wrapped[Store, Abilities]
}

// guardedBy returns the store with policies, or as it is if there are none.
func guardedBy(g *guard.Guard, store Store) Store {
	return guard.Wrap(g, store, func(w guard.Wrapped[Store, Abilities]) Store { return &guarded{w} })
}

// Put implements [Store]. It is not done again, because what it has read is gone.
func (s *guarded) Put(ctx context.Context, key string, r io.Reader, o Put) (Info, error) {
	return guard.Do(ctx, s.Guard, guard.Once, func(ctx context.Context) (Info, error) { return s.Store.Put(ctx, key, r, o) })
}

// opened is an object that is being read.
type opened struct {
	io.ReadCloser
	info Info
	end  context.CancelFunc // of the context that it is read in
}

// Close implements [io.Closer].
func (o *opened) Close() error {
	defer o.end()
	return o.ReadCloser.Close()
}

// Get implements [Store]. The policies end when the reader is there, which lives as long as the
// caller's context lets it.
func (s *guarded) Get(ctx context.Context, key string, part Range) (io.ReadCloser, Info, error) {
	o, err := guard.Take(ctx, s.Guard, guard.Repeatable, func(attempt context.Context) (*opened, error) {
		reading, end := context.WithCancel(ctx)
		stop := context.AfterFunc(attempt, end)
		body, info, err := s.Store.Get(reading, key, part)
		if stop(); err != nil {
			end()
			return nil, err
		}
		return &opened{body, info, end}, nil
	}, func(late *opened) { _ = late.Close() })
	if err != nil {
		return nil, Info{}, err
	}
	return o, o.info, nil
}

// Stat implements [Store].
func (s *guarded) Stat(ctx context.Context, key string) (Info, error) {
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Info, error) { return s.Store.Stat(ctx, key) })
}

// Delete implements [Store].
func (s *guarded) Delete(ctx context.Context, key string) error {
	return s.Guard.Run(ctx, guard.Repeatable, func(ctx context.Context) error { return s.Store.Delete(ctx, key) })
}

// List implements [Store].
func (s *guarded) List(ctx context.Context, prefix, delimiter, cursor string, limit int) (Page, error) {
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Page, error) {
		return s.Store.List(ctx, prefix, delimiter, cursor, limit)
	})
}

// Copy implements [Copier].
func (s *guarded) Copy(ctx context.Context, to, from string, o Put) (Info, error) {
	copier, ok := s.Store.(Copier)
	if !ok {
		return Info{}, access.Lacks("copy")
	}
	class := guard.Repeatable
	if o.IfAbsent {
		class = guard.Conditional
	}
	return guard.Do(ctx, s.Guard, class, func(ctx context.Context) (Info, error) { return copier.Copy(ctx, to, from, o) })
}

// SignedURL implements [Signer].
func (s *guarded) SignedURL(ctx context.Context, method, key string, valid time.Duration) (string, error) {
	signer, ok := s.Store.(Signer)
	if !ok {
		return "", access.Lacks("signed urls")
	}
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (string, error) {
		return signer.SignedURL(ctx, method, key, valid)
	})
}
