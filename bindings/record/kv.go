package record

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// kvStore is a store that is recorded. What the inner one does not have is not declared, and so
// never asked for.
type kvStore struct {
	space
	inner kv.Store
}

// Abilities implements [kv.Store].
func (s *kvStore) Abilities() kv.Abilities { return s.inner.Abilities() }

// Get implements [kv.Store].
func (s *kvStore) Get(ctx context.Context, key string) (kv.Record, error) {
	o := s.begin("get", args{Key: text(key)})
	r, err := s.inner.Get(ctx, key)
	o.end(answerEntry(r), err)
	return r, err
}

// answerEntry is a result that is an entry.
func answerEntry(r kv.Record) result {
	return result{Key: text(r.Key), Value: r.Value, Revision: uint64(r.Revision)}
}

// Set implements [kv.Store].
func (s *kvStore) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	o := s.begin("set", setArgs(key, value, w))
	r, err := s.inner.Set(ctx, key, value, w)
	o.end(result{Revision: uint64(r)}, err)
	return r, err
}

func setArgs(key string, value []byte, w kv.Write) args {
	return args{Key: text(key), Value: value, TTL: span(w.TTL), IfAbsent: w.IfAbsent}
}

// Delete implements [kv.Store].
func (s *kvStore) Delete(ctx context.Context, key string, revision kv.Revision) error {
	o := s.begin("delete", args{Key: text(key), Revision: uint64(revision)})
	err := s.inner.Delete(ctx, key, revision)
	o.end(result{}, err)
	return err
}

// List implements [kv.Store].
func (s *kvStore) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	o := s.begin("list", args{Prefix: text(prefix), Cursor: text(cursor), Limit: limit})
	p, err := s.inner.List(ctx, prefix, cursor, limit)
	o.end(result{Keys: texts(p.Keys), Cursor: text(p.Cursor)}, err)
	return p, err
}

// CompareAndSwap implements [kv.Swapper].
func (s *kvStore) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	o := s.begin("compare and swap", swapArgs(key, value, old, w))
	r, err := s.inner.(kv.Swapper).CompareAndSwap(ctx, key, value, old, w)
	o.end(answerEntry(r), err)
	return r, err
}

func swapArgs(key string, value []byte, old kv.Revision, w kv.Write) args {
	a := setArgs(key, value, w)
	a.Revision = uint64(old)
	return a
}

// Increment implements [kv.Incrementer].
func (s *kvStore) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	o := s.begin("increment", args{Key: text(key), Delta: delta, TTL: span(ttl)})
	sum, err := s.inner.(kv.Incrementer).Increment(ctx, key, delta, ttl)
	o.end(result{Sum: sum}, err)
	return sum, err
}

// GetMany implements [kv.ManyGetter].
func (s *kvStore) GetMany(ctx context.Context, keys []string) ([]kv.Record, error) {
	o := s.begin("get many", args{Keys: texts(keys)})
	records, err := s.inner.(kv.ManyGetter).GetMany(ctx, keys)
	o.end(result{Entries: entries(records)}, err)
	return records, err
}

// SetMany implements [kv.ManySetter].
func (s *kvStore) SetMany(ctx context.Context, records []kv.Record, w kv.Write) error {
	o := s.begin("set many", args{Entries: entries(records), TTL: span(w.TTL), IfAbsent: w.IfAbsent})
	err := s.inner.(kv.ManySetter).SetMany(ctx, records, w)
	o.end(result{}, err)
	return err
}

func entries(records []kv.Record) []entry {
	if records == nil {
		return nil
	}
	all := make([]entry, len(records))
	for i, r := range records {
		all[i] = entry{text(r.Key), r.Value, uint64(r.Revision)}
	}
	return all
}

// Watch implements [kv.Watcher].
func (s *kvStore) Watch(ctx context.Context, prefix string, from kv.From) (kv.Feed, error) {
	o := s.begin("watch", watchArgs(prefix, from))
	inner, err := s.inner.(kv.Watcher).Watch(ctx, prefix, from)
	o.end(result{}, err)
	if err != nil {
		return nil, err
	}
	return &feed{inner, s.space, o.Seq}, nil
}

func watchArgs(prefix string, from kv.From) args {
	return args{Prefix: text(prefix), After: uint64(from.After), Now: from.Now}
}

// feed is a watch that is recorded: each event where it was reported.
type feed struct {
	inner kv.Feed
	space space
	watch int // line
}

// Next implements [kv.Feed]. That the wait ends with its context or with Stop is not recorded.
func (f *feed) Next(ctx context.Context) (kv.Event, error) {
	e, err := f.inner.Next(ctx)
	if err != nil && (ctx.Err() != nil || bindings.Code(err) == bindings.Canceled) {
		return e, err
	}
	r := answerEntry(e.Record)
	r.Deleted = e.Deleted
	f.space.begin("event", args{Of: f.watch}).end(r, err)
	return e, err
}

// Stop implements [kv.Feed].
func (f *feed) Stop() { f.inner.Stop() }
