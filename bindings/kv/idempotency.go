package kv

import (
	"bytes"
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// IdempotencyStore keeps the results of calls by their idempotency key, in a store of bytes that
// can compare and swap, and so is a fence between the calls.
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
// means the binding's. It is refused where the store cannot compare and swap: what is put could not
// be kept from those who claim it later.
func (s IdempotencyStore) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	c, err := s.store.begin(ctx, "set")
	if err != nil {
		return false, err
	}
	defer c.Unwind()
	if !c.Store.Abilities().CompareAndSwap {
		return false, c.End(access.Lacks("compare and swap, without which a call could overwrite what another has claimed"))
	}
	options := []WriteOption{IfAbsent()}
	if ttl != 0 {
		options = append(options, TTL(ttl))
	}
	_, err = s.store.set(&c, key, value, options)
	if err = c.End(err); bindings.Code(err) == bindings.AlreadyExists {
		return false, nil
	}
	return err == nil, err
}

// CompareAndSwap replaces the value of a key if it is old, and reports whether it did. A ttl of 0
// leaves the entry the rest of its time.
func (s IdempotencyStore) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	revision, ok, err := s.holds(ctx, key, old)
	if !ok || err != nil {
		return false, err
	}
	var options []WriteOption
	if ttl != 0 {
		options = append(options, TTL(ttl))
	}
	_, err = s.store.CompareAndSwap(ctx, key, revision, value, options...)
	return done(err)
}

// CompareAndDelete forgets the value of a key if it is old, and reports whether it did.
func (s IdempotencyStore) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	revision, ok, err := s.holds(ctx, key, old)
	if !ok || err != nil {
		return false, err
	}
	return done(s.store.CompareAndDelete(ctx, key, revision))
}

// holds reports whether a key has a value, and the value's revision, which no other value of the
// key will have.
func (s IdempotencyStore) holds(ctx context.Context, key string, value []byte) (Revision, bool, error) {
	e, err := s.store.Entry(ctx, key)
	if bindings.Code(err) == bindings.NotFound {
		return 0, false, nil
	}
	return e.Revision, err == nil && bytes.Equal(e.Value, value), err
}

// done reports whether a write by revision was done. It was not where the entry has changed or gone
// meanwhile.
func done(err error) (bool, error) {
	if code := bindings.Code(err); code == bindings.FailedPrecondition || code == bindings.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Delete forgets the result of a key. It is not an error if there is none.
func (s IdempotencyStore) Delete(ctx context.Context, key string) error {
	return s.store.Delete(ctx, key)
}
