package record

import (
	"context"

	"github.com/instrumentgo/instrument/bindings/secret"
)

// redacted is what is recorded of a secret.
const redacted = "[redacted]"

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

// documentStore is a secret or a configuration that is recorded.
type documentStore struct {
	space
	inner  secret.Store
	result func(data []byte, version string) result
}

// secretResult is the result of reading a secret.
func (r *Recorder) secretResult(data []byte, version string) result {
	return r.secret(string(data), version, nil)
}

// configResult is the result of reading a configuration.
func configResult(data []byte, version string) result {
	return result{Value: data, Version: text(version)}
}

// Abilities implements [secret.Store] and [config.Store].
func (s *documentStore) Abilities() secret.Abilities { return s.inner.Abilities() }

// Get implements [secret.Store] and [config.Store].
func (s *documentStore) Get(ctx context.Context) (data []byte, version string, err error) {
	o := s.begin("get", args{})
	data, version, err = s.inner.Get(ctx)
	if err != nil {
		o.end(result{}, err)
		return nil, "", err
	}
	o.end(s.result(data, version), nil)
	return data, version, nil
}

// Changed implements [secret.Watcher] and [config.Watcher]. It records how the wait ends, unless
// that is the end of its context.
func (s *documentStore) Changed(ctx context.Context, seen string) error {
	err := s.inner.(secret.Watcher).Changed(ctx, seen)
	if err == nil || ctx.Err() == nil {
		s.begin("changed", args{Seen: text(seen)}).end(result{}, err)
	}
	return err
}
