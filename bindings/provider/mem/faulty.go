package mem

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/kv"
)

// faulty is a store with faults.
type faulty struct {
	*store
	faults *faults
}

// none is the result of an operation that has only an error.
type none = struct{}

// Get implements [kv.Store].
func (f *faulty) Get(ctx context.Context, key string) (kv.Record, error) {
	return around(ctx, f.faults, func() (kv.Record, error) { return f.store.Get(ctx, key) })
}

// Set implements [kv.Store].
func (f *faulty) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	return around(ctx, f.faults, func() (kv.Revision, error) { return f.store.Set(ctx, key, value, w) })
}

// Delete implements [kv.Store].
func (f *faulty) Delete(ctx context.Context, key string, revision kv.Revision) error {
	_, err := around(ctx, f.faults, func() (none, error) { return none{}, f.store.Delete(ctx, key, revision) })
	return err
}

// CompareAndSwap implements [kv.Swapper].
func (f *faulty) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	var current kv.Record // of a failure: around keeps only results
	r, err := around(ctx, f.faults, func() (kv.Record, error) {
		var err error
		current, err = f.store.CompareAndSwap(ctx, key, value, old, w)
		return current, err
	})
	if err != nil && err != errLost {
		return current, err
	}
	return r, err
}

// Increment implements [kv.Incrementer].
func (f *faulty) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	return around(ctx, f.faults, func() (int64, error) { return f.store.Increment(ctx, key, delta, ttl) })
}

// List implements [kv.Store].
func (f *faulty) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	return around(ctx, f.faults, func() (kv.Page, error) { return f.store.List(ctx, prefix, cursor, limit) })
}

// Watch implements [kv.Watcher].
func (f *faulty) Watch(ctx context.Context, prefix string, from kv.From) (kv.Feed, error) {
	feed, err := around(ctx, f.faults, func() (kv.Feed, error) { return f.store.Watch(ctx, prefix, from) })
	if err != nil {
		return nil, err
	}
	return &doubling{Feed: feed, faults: f.faults}, nil
}

// doubling reports some changes twice.
type doubling struct {
	kv.Feed
	faults *faults
	again  *kv.Event
}

// Next implements [kv.Feed].
func (d *doubling) Next(ctx context.Context) (kv.Event, error) {
	if e := d.again; e != nil {
		d.again = nil
		return *e, nil
	}
	e, err := d.Feed.Next(ctx)
	if err == nil && d.faults.draw().double {
		d.again = &e
	}
	return e, err
}
