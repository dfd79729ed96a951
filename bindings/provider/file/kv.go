package file

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/changes"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// store is a bucket. Its keys are those of the program after one letter, since bbolt takes no empty
// key.
type store struct {
	bolt *bbolt.DB
	name []byte
	hub  *changes.Hub

	mu      sync.Mutex // held over each write and its telling, so that watchers see changes in their order
	timers  map[string]*time.Timer
	stopped bool
}

const letter = 'k'

func inFile(key string) []byte { return append([]byte{letter}, key...) }

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities {
	return kv.Abilities{TTL: true, CompareAndSwap: true, Increment: true, Watch: true, Ordered: true, Sorted: true, ReadYourWrites: true}
}

// live returns the entry of a key, or NotFound. Its value is valid as long as the transaction.
func live(b *bbolt.Bucket, key string) (entry, error) {
	data := b.Get(inFile(key))
	if data == nil {
		return entry{}, bindings.NotFound
	}
	e, err := parse(data)
	if err == nil && e.gone(time.Now()) {
		return entry{}, bindings.NotFound
	}
	return e, err
}

// write runs a transaction that writes, and then reports what it has changed.
func (s *store) write(ctx context.Context, do func(w *writing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil { // it may have waited long for the lock
		return err
	}
	w := &writing{}
	err := s.bolt.Update(func(tx *bbolt.Tx) error {
		w.bucket = tx.Bucket(s.name)
		return do(w)
	})
	if err != nil {
		return coded(err)
	}
	for i, e := range w.told {
		s.expireAt(e.Key, w.expires[i])
		s.hub.Publish(e)
	}
	return nil
}

// writing is a transaction that writes.
type writing struct {
	bucket  *bbolt.Bucket
	told    []kv.Event
	expires []time.Time // of each entry in told
}

// put writes an entry and returns its revision.
func (w *writing) put(key string, value []byte, expires time.Time) (kv.Revision, error) {
	n, err := w.bucket.NextSequence()
	if err != nil {
		return 0, err
	}
	e := entry{kv.Revision(n), expires, value}
	w.tell(kv.Event{Record: kv.Record{Key: key, Value: slices.Clone(value), Revision: e.revision}}, expires)
	return e.revision, w.bucket.Put(inFile(key), e.data())
}

func (w *writing) remove(key string) error {
	n, err := w.bucket.NextSequence()
	if err != nil {
		return err
	}
	w.tell(kv.Event{Record: kv.Record{Key: key, Revision: kv.Revision(n)}, Deleted: true}, time.Time{})
	return w.bucket.Delete(inFile(key))
}

func (w *writing) tell(e kv.Event, expires time.Time) {
	w.told, w.expires = append(w.told, e), append(w.expires, expires)
}

// Get implements [kv.Store].
func (s *store) Get(_ context.Context, key string) (r kv.Record, err error) {
	err = s.bolt.View(func(tx *bbolt.Tx) error {
		e, err := live(tx.Bucket(s.name), key)
		r = kv.Record{Key: key, Value: slices.Clone(e.value), Revision: e.revision}
		return err
	})
	return r, coded(err)
}

// Set implements [kv.Store].
func (s *store) Set(ctx context.Context, key string, value []byte, o kv.Write) (r kv.Revision, err error) {
	err = s.write(ctx, func(w *writing) (err error) {
		if o.IfAbsent {
			if _, err := live(w.bucket, key); bindings.Code(err) != bindings.NotFound {
				return orElse(err, bindings.AlreadyExists)
			}
		}
		r, err = w.put(key, value, deadline(o.TTL))
		return err
	})
	return r, err
}

// orElse returns err, or otherwise if it is nil.
func orElse(err, otherwise error) error {
	if err == nil {
		return otherwise
	}
	return err
}

// Delete implements [kv.Store].
func (s *store) Delete(ctx context.Context, key string, revision kv.Revision) error {
	err := s.write(ctx, func(w *writing) error {
		e, err := live(w.bucket, key)
		if err != nil {
			return err
		}
		if revision != 0 && e.revision != revision {
			return bindings.FailedPrecondition
		}
		return w.remove(key)
	})
	if revision == 0 && bindings.Code(err) == bindings.NotFound {
		return nil
	}
	return err
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, o kv.Write) (r kv.Record, err error) {
	err = s.write(ctx, func(w *writing) error {
		e, err := live(w.bucket, key)
		if err != nil {
			return err
		}
		if e.revision != old {
			r = kv.Record{Key: key, Value: slices.Clone(e.value), Revision: e.revision}
			return bindings.FailedPrecondition
		}
		if o.TTL != kv.Keep {
			e.expires = deadline(o.TTL)
		}
		r = kv.Record{Key: key, Value: value}
		r.Revision, err = w.put(key, value, e.expires)
		return err
	})
	return r, err
}

// Increment implements [kv.Incrementer].
func (s *store) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (sum int64, err error) {
	err = s.write(ctx, func(w *writing) error {
		e, err := live(w.bucket, key)
		switch bindings.Code(err) {
		case bindings.OK:
			sum, err = kv.Number(e.value)
		case bindings.NotFound:
			sum, err, e.expires = 0, nil, deadline(ttl)
		}
		if err != nil {
			return err
		}
		if sum, err = kv.Add(sum, delta); err != nil {
			return err
		}
		_, err = w.put(key, strconv.AppendInt(nil, sum, 10), e.expires)
		return err
	})
	return sum, err
}

// SetMany implements [kv.ManySetter], in one transaction.
func (s *store) SetMany(ctx context.Context, records []kv.Record, o kv.Write) error {
	return s.write(ctx, func(w *writing) error {
		for _, r := range records {
			if _, err := w.put(r.Key, r.Value, deadline(o.TTL)); err != nil {
				return err
			}
		}
		return nil
	})
}

// List implements [kv.Store]. Its cursor is the last key of the page before as it is in the file.
func (s *store) List(_ context.Context, prefix, cursor string, limit int) (page kv.Page, err error) {
	err = s.bolt.View(func(tx *bbolt.Tx) error {
		from, begin := inFile(prefix), inFile(prefix)
		if cursor != "" {
			begin = []byte(cursor)
		}
		c := tx.Bucket(s.name).Cursor()
		now := time.Now()
		for key, data := c.Seek(begin); bytes.HasPrefix(key, from) && key != nil; key, data = c.Next() {
			if e, err := parse(data); err != nil || e.gone(now) || string(key) == cursor {
				continue
			}
			if len(page.Keys) == limit {
				page.Cursor = string(letter) + page.Keys[limit-1]
				break
			}
			page.Keys = append(page.Keys, string(key[1:]))
		}
		return nil
	})
	return page, coded(err)
}

// Watch implements [kv.Watcher].
func (s *store) Watch(_ context.Context, prefix string, from kv.From) (kv.Feed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []kv.Record
	err := s.bolt.View(func(tx *bbolt.Tx) error {
		now := time.Now()
		return tx.Bucket(s.name).ForEach(func(key, data []byte) error {
			if e, err := parse(data); err == nil && !e.gone(now) {
				records = append(records, kv.Record{Key: string(key[1:]), Value: slices.Clone(e.value), Revision: e.revision})
			}
			return nil
		})
	})
	if err != nil {
		return nil, coded(err)
	}
	return s.hub.Watch(prefix, from, records)
}
