package nats

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Get implements [kv.Store].
func (s *store) Get(ctx context.Context, key string) (kv.Record, error) {
	m, err := s.last(ctx, key)
	if err != nil {
		return kv.Record{}, err
	}
	if _, alive, err := s.rest(ctx, m); err != nil || !alive {
		return kv.Record{}, cmp.Or(err, error(bindings.NotFound))
	}
	return m.record, nil
}

// Set implements [kv.Store].
func (s *store) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	if err := s.checkValue(value); err != nil {
		return 0, err
	}
	if !w.IfAbsent {
		return s.publish(ctx, key, value, lasting(w.TTL), anything)
	}
	return s.create(ctx, key, value, lasting(w.TTL))
}

// create writes an entry where there is none, or the mark of one that is gone, or one whose time is
// over. What is there may vanish meanwhile, or come.
func (s *store) create(ctx context.Context, key string, value []byte, l life) (kv.Revision, error) {
	expected := kv.Revision(0)
	for {
		r, err := s.publish(ctx, key, value, l, expected)
		if bindings.Code(err) != bindings.FailedPrecondition {
			return r, err
		}
		m, err := s.last(ctx, key)
		if err != nil {
			return 0, err
		}
		if _, alive, err := s.rest(ctx, m); err != nil || alive {
			return 0, cmp.Or(err, error(bindings.AlreadyExists))
		}
		expected = m.record.Revision
	}
}

// Delete implements [kv.Store]. A key that has no entry gets no mark.
func (s *store) Delete(ctx context.Context, key string, revision kv.Revision) error {
	m, err := s.last(ctx, key)
	if err != nil {
		return err
	}
	_, alive, err := s.rest(ctx, m)
	switch {
	case err != nil:
		return err
	case !alive && revision == 0:
		return nil
	case !alive:
		return bindings.NotFound
	case revision == 0:
		return s.mark(ctx, key, anything)
	case m.record.Revision != revision:
		return bindings.FailedPrecondition
	}
	return s.mark(ctx, key, revision)
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	if err := s.checkValue(value); err != nil {
		return kv.Record{}, err
	}
	for {
		m, err := s.last(ctx, key)
		if err != nil {
			return kv.Record{}, err
		}
		left, alive, err := s.rest(ctx, m)
		switch {
		case err != nil:
			return kv.Record{}, err
		case !alive:
			return kv.Record{}, bindings.NotFound
		case m.record.Revision != old:
			return m.record, bindings.FailedPrecondition
		}
		if w.TTL != kv.Keep {
			left = lasting(w.TTL)
		}
		r, err := s.publish(ctx, key, value, left, old)
		if bindings.Code(err) == bindings.FailedPrecondition {
			continue // what came meanwhile is handed back
		}
		return kv.Record{Key: key, Value: value, Revision: r}, err
	}
}

// Increment implements [kv.Incrementer] by compare and swap. Somebody always gets through; who does
// not waits a little, so that the next attempt is not as crowded.
func (s *store) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	for attempt := 1; ; attempt++ {
		m, err := s.last(ctx, key)
		if err != nil {
			return 0, err
		}
		left, alive, err := s.rest(ctx, m)
		if err != nil {
			return 0, err
		}
		var n int64
		if !alive {
			left = lasting(ttl)
		} else if n, err = kv.Number(m.record.Value); err != nil {
			return 0, err
		}
		sum, err := kv.Add(n, delta)
		if err != nil {
			return 0, err
		}
		_, err = s.publish(ctx, key, strconv.AppendInt(nil, sum, 10), left, m.record.Revision)
		if bindings.Code(err) != bindings.FailedPrecondition {
			return sum, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(rand.N(time.Duration(min(attempt, 20)) * time.Millisecond)):
		}
	}
}

// List implements [kv.Store]. JetStream has no pages: each one reads all keys that the filter lets
// through, without values. In a cluster the server that reads them may be behind; it has all once
// it has what was the last message of the leader.
func (s *store) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	for {
		least, err := s.newest(ctx, filterOf(prefix))
		if err != nil {
			return kv.Page{}, err
		}
		keys, last, err := s.keys(ctx, prefix)
		if err != nil {
			return kv.Page{}, err
		}
		if last >= least {
			return page(keys, cursor, limit), nil
		}
		select {
		case <-ctx.Done():
			return kv.Page{}, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// keys returns the keys with a prefix, and the last revision of what its filter lets through.
func (s *store) keys(ctx context.Context, prefix string) (keys []string, last uint64, err error) {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.kv.Watch(watching, filterOf(prefix), jetstream.MetaOnly())
	if err != nil {
		return nil, 0, coded(ctx, err)
	}
	defer stop(w)
	for {
		select {
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case e, ok := <-w.Updates():
			if !ok {
				return nil, 0, bindings.Errorf(bindings.Unavailable, "the connection was closed")
			}
			if e == nil { // that was all there is
				return keys, last, nil
			}
			last = max(last, e.Revision())
			if key, err := keyOf(e.Key()); err == nil && e.Operation() == jetstream.KeyValuePut && strings.HasPrefix(key, prefix) {
				keys = append(keys, key)
			}
		}
	}
}

// newest returns the sequence of the last message that a filter lets through, as the leader of a
// cluster has it; else 0.
func (s *store) newest(ctx context.Context, filter string) (uint64, error) {
	if s.replicas == 1 {
		return 0, nil
	}
	raw, err := lastOf(ctx, s.stream, s.prefix+filter)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, coded(ctx, err)
	}
	return raw.Sequence, nil
}

// page returns the page of sorted keys after a cursor, which is the last key before it after one
// letter.
func page(keys []string, cursor string, limit int) kv.Page {
	slices.Sort(keys)
	if cursor != "" {
		i, found := slices.BinarySearch(keys, cursor[1:])
		if found {
			i++
		}
		keys = keys[i:]
	}
	if len(keys) <= limit {
		return kv.Page{Keys: keys}
	}
	return kv.Page{Keys: keys[:limit], Cursor: "k" + keys[limit-1]}
}

// SetMany implements [kv.ManySetter]: it waits for the answers only when all is sent.
func (s *store) SetMany(ctx context.Context, records []kv.Record, w kv.Write) error {
	var futures []jetstream.PubAckFuture
	for _, r := range records {
		if err := s.checkValue(r.Value); err != nil {
			return err
		}
		msg, options := s.message(r.Key, r.Value, lasting(w.TTL))
		f, err := s.conn.js.PublishMsgAsync(msg, options...)
		if err != nil {
			return coded(ctx, err)
		}
		futures = append(futures, f)
	}
	var errs []error
	for _, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			errs = append(errs, coded(ctx, err))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.Join(errs...)
}
