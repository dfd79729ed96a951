package record

import (
	"context"

	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// redacted is what is recorded of a secret.
const redacted = "[redacted]"

// secretStore is a secret that is recorded.
type secretStore struct {
	space
	inner secret.Store
}

// secret is a result that is a secret.
func (r *Recorder) secret(value, version string, err error) result {
	switch {
	case err != nil:
		value = ""
	case !r.secrets:
		value = redacted
	}
	return result{Text: text(value), Version: text(version)}
}

// Abilities implements [secret.Store].
func (s *secretStore) Abilities() secret.Abilities { return s.inner.Abilities() }

// Get implements [secret.Store].
func (s *secretStore) Get(ctx context.Context) (value, version string, err error) {
	o := s.begin("get", args{})
	value, version, err = s.inner.Get(ctx)
	o.end(s.rec.secret(value, version, err), err)
	return value, version, err
}

// Changed implements [secret.Watcher].
func (s *secretStore) Changed(ctx context.Context, seen string) error {
	return s.changed(ctx, seen, s.inner.(secret.Watcher).Changed)
}

// changed records how a wait for a change ends, unless that is the end of its context.
func (s space) changed(ctx context.Context, seen string, wait func(context.Context, string) error) error {
	err := wait(ctx, seen)
	if err == nil || ctx.Err() == nil {
		s.begin("changed", args{Seen: text(seen)}).end(result{}, err)
	}
	return err
}

// configStore is a configuration that is recorded.
type configStore struct {
	space
	inner config.Store
}

// Abilities implements [config.Store].
func (s *configStore) Abilities() config.Abilities { return s.inner.Abilities() }

// Get implements [config.Store].
func (s *configStore) Get(ctx context.Context) (document []byte, version string, err error) {
	o := s.begin("get", args{})
	document, version, err = s.inner.Get(ctx)
	if err != nil {
		o.end(result{}, err)
		return nil, "", err
	}
	o.end(result{Value: document, Version: text(version)}, nil)
	return document, version, nil
}

// Changed implements [config.Watcher].
func (s *configStore) Changed(ctx context.Context, seen string) error {
	return s.changed(ctx, seen, s.inner.(config.Watcher).Changed)
}
