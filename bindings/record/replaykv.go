package record

import (
	"context"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings/kv"
)

// kvReplay answers as a recorded store did.
type kvReplay struct {
	replayStore
	abilities kv.Abilities
}

// Abilities implements [kv.Store].
func (s *kvReplay) Abilities() kv.Abilities { return s.abilities }

// Get implements [kv.Store].
func (s *kvReplay) Get(_ context.Context, key string) (kv.Record, error) {
	return s.entry("get", args{Key: text(key)})
}

func (s *kvReplay) entry(op string, a args) (kv.Record, error) {
	r, err := s.ask(op, a)
	if err != nil {
		return kv.Record{}, err
	}
	return r.record(), r.Error.err()
}

// record returns the entry of a result, which belongs to the caller.
func (a *answer) record() kv.Record {
	return kv.Record{Key: string(a.Result.Key), Value: copied(a.Result.Value), Revision: kv.Revision(a.Result.Revision)}
}

// copied returns a copy of bytes: an answer may be given twice.
func copied(d data) []byte {
	if d == nil {
		return nil
	}
	return append([]byte{}, d...)
}

// Set implements [kv.Store].
func (s *kvReplay) Set(_ context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	r, err := s.ask("set", setArgs(key, value, w))
	if err != nil {
		return 0, err
	}
	return kv.Revision(r.Result.Revision), r.Error.err()
}

// Delete implements [kv.Store].
func (s *kvReplay) Delete(_ context.Context, key string, revision kv.Revision) error {
	return s.do("delete", args{Key: text(key), Revision: uint64(revision)})
}

// do asks for what is answered by an error alone.
func (s replayStore) do(op string, a args) error {
	r, err := s.ask(op, a)
	if err != nil {
		return err
	}
	return r.Error.err()
}

// List implements [kv.Store].
func (s *kvReplay) List(_ context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	r, err := s.ask("list", args{Prefix: text(prefix), Cursor: text(cursor), Limit: limit})
	if err != nil {
		return kv.Page{}, err
	}
	return kv.Page{Keys: plain(r.Result.Keys), Cursor: string(r.Result.Cursor)}, r.Error.err()
}

// CompareAndSwap implements [kv.Swapper].
func (s *kvReplay) CompareAndSwap(_ context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	return s.entry("compare and swap", swapArgs(key, value, old, w))
}

// Increment implements [kv.Incrementer].
func (s *kvReplay) Increment(_ context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	r, err := s.ask("increment", args{Key: text(key), Delta: delta, TTL: span(ttl)})
	if err != nil {
		return 0, err
	}
	return r.Result.Sum, r.Error.err()
}

// GetMany implements [kv.ManyGetter].
func (s *kvReplay) GetMany(_ context.Context, keys []string) ([]kv.Record, error) {
	r, err := s.ask("get many", args{Keys: texts(keys)})
	if err != nil {
		return nil, err
	}
	var records []kv.Record
	for _, e := range r.Result.Entries {
		records = append(records, kv.Record{Key: string(e.Key), Value: copied(e.Value), Revision: kv.Revision(e.Revision)})
	}
	return records, r.Error.err()
}

// SetMany implements [kv.ManySetter].
func (s *kvReplay) SetMany(_ context.Context, records []kv.Record, w kv.Write) error {
	return s.do("set many", args{Entries: entries(records), TTL: span(w.TTL), IfAbsent: w.IfAbsent})
}

// Watch implements [kv.Watcher].
func (s *kvReplay) Watch(_ context.Context, prefix string, from kv.From) (kv.Feed, error) {
	r, err := s.ask("watch", watchArgs(prefix, from))
	if err != nil {
		return nil, err
	}
	if err := r.Error.err(); err != nil {
		return nil, err
	}
	return &replayFeed{store: s.replayStore, watch: r.Seq, stopped: make(chan struct{})}, nil
}

// replayFeed returns the events of a recorded watch, and then waits.
type replayFeed struct {
	store   replayStore
	watch   int
	stopped chan struct{}
	once    sync.Once
}

// Next implements [kv.Feed].
func (f *replayFeed) Next(ctx context.Context) (kv.Event, error) {
	a, err := f.store.follow(ctx, f.watch, f.stopped)
	if err != nil {
		return kv.Event{}, err
	}
	return kv.Event{Record: a.record(), Deleted: a.Result.Deleted}, a.Error.err()
}

// Stop implements [kv.Feed].
func (f *replayFeed) Stop() { f.once.Do(func() { close(f.stopped) }) }
