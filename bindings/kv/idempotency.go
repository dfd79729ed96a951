package kv

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// IdempotencyStore keeps the results of calls by their idempotency key, in a store of bytes.
type IdempotencyStore struct{ store Of[string, []byte] }

// Idempotency returns the idempotency store that keeps its results in a kv store.
func Idempotency(store Of[string, []byte]) IdempotencyStore { return IdempotencyStore{store} }

// Get returns the result of a key, and false if there is none.
func (s IdempotencyStore) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, err := s.store.Get(ctx, key)
	if bindings.Code(err) == bindings.NotFound {
		return nil, false, nil
	}
	return value, err == nil, err
}

// PutIfAbsent writes a result unless the key has one, and reports whether it wrote it. A ttl of 0
// means the binding's.
func (s IdempotencyStore) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	options := []WriteOption{IfAbsent()}
	if ttl != 0 {
		options = append(options, TTL(ttl))
	}
	_, err := s.store.Set(ctx, key, value, options...)
	if bindings.Code(err) == bindings.AlreadyExists {
		return false, nil
	}
	return err == nil, err
}

// Delete forgets the result of a key. It is not an error if there is none.
func (s IdempotencyStore) Delete(ctx context.Context, key string) error {
	return s.store.Delete(ctx, key)
}
