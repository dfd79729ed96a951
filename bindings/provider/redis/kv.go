package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// revisionSize is how many bytes before the value are the revision.
const revisionSize = 8

// store is the keys with a prefix.
type store struct {
	client *redis.Client
	prefix string
}

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities {
	return kv.Abilities{TTL: true, Granularity: time.Millisecond, CompareAndSwap: true, Increment: true, ReadYourWrites: true}
}

// fresh returns a revision that no other write has had.
func fresh() kv.Revision {
	for {
		if r := kv.Revision(rand.Uint64()); r != 0 {
			return r
		}
	}
}

// join returns a revision and a value as Redis keeps them.
func join(r kv.Revision, value []byte) []byte {
	data := make([]byte, revisionSize, revisionSize+len(value))
	binary.BigEndian.PutUint64(data, uint64(r))
	return append(data, value...)
}

// split is the reverse of join.
func split(key string, data []byte) (kv.Record, error) {
	if len(data) < revisionSize {
		return kv.Record{}, errForeign
	}
	return kv.Record{Key: key, Revision: kv.Revision(binary.BigEndian.Uint64(data)), Value: data[revisionSize:]}, nil
}

var errForeign = bindings.Errorf(bindings.Unknown, "the entry was not written by this package")

// Get implements [kv.Store].
func (s *store) Get(ctx context.Context, key string) (kv.Record, error) {
	var data []byte
	var err error
	if ctx.Done() == nil { // without a function on the heap
		data, err = s.client.Get(ctx, s.prefix+key).Bytes()
	} else {
		data, err = within(ctx, func() ([]byte, error) { return s.client.Get(ctx, s.prefix+key).Bytes() })
	}
	if err != nil {
		return kv.Record{}, coded(err)
	}
	return split(key, data)
}

// Set implements [kv.Store].
func (s *store) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	r := fresh()
	if !w.IfAbsent && ctx.Done() == nil { // without a function on the heap
		return r, coded(s.client.Set(ctx, s.prefix+key, join(r, value), milliseconds(w.TTL)).Err())
	}
	if !w.IfAbsent {
		return r, coded(withinErr(ctx, func() error { return s.client.Set(ctx, s.prefix+key, join(r, value), milliseconds(w.TTL)).Err() }))
	}
	args := redis.SetArgs{Mode: "NX", TTL: milliseconds(w.TTL)}
	err := withinErr(ctx, func() error { return s.client.SetArgs(ctx, s.prefix+key, join(r, value), args).Err() })
	if errors.Is(err, redis.Nil) {
		return 0, bindings.AlreadyExists
	}
	return r, coded(err)
}

// milliseconds rounds a time to live up to what Redis takes.
func milliseconds(ttl time.Duration) time.Duration {
	return (ttl + time.Millisecond - 1).Truncate(time.Millisecond)
}

// Delete implements [kv.Store].
func (s *store) Delete(ctx context.Context, key string, revision kv.Revision) error {
	if revision == 0 {
		return coded(withinErr(ctx, func() error { return s.client.Unlink(ctx, s.prefix+key).Err() }))
	}
	state, err := within(ctx, func() (int, error) {
		return compareAndDelete.Run(ctx, s.client, []string{s.prefix + key}, join(revision, nil)).Int()
	})
	if err != nil {
		return coded(err)
	}
	return [...]error{bindings.NotFound, bindings.FailedPrecondition, nil}[state]
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	r := fresh()
	ttl := "KEEPTTL"
	if w.TTL != kv.Keep {
		ttl = strconv.FormatInt(milliseconds(w.TTL).Milliseconds(), 10)
	}
	data, err := within(ctx, func() (string, error) {
		return compareAndSwap.Run(ctx, s.client, []string{s.prefix + key}, join(old, nil), join(r, value), ttl).Text()
	})
	switch {
	case err != nil:
		return kv.Record{}, coded(err)
	case data == "":
		return kv.Record{Key: key, Value: value, Revision: r}, nil
	}
	current, err := split(key, []byte(data))
	if err == nil {
		err = bindings.FailedPrecondition
	}
	return current, err
}

// Increment implements [kv.Incrementer].
func (s *store) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	text, err := within(ctx, func() (string, error) {
		return increment.Run(ctx, s.client, []string{s.prefix + key}, join(fresh(), nil), delta, milliseconds(ttl).Milliseconds()).Text()
	})
	if err != nil {
		return 0, notNumber(err)
	}
	return kv.Number([]byte(text))
}

// notNumber returns the error of an increment: the two that INCRBY has of its own are about the
// value.
func notNumber(err error) error {
	text := err.Error()
	if strings.Contains(text, "not an integer") || strings.Contains(text, "overflow") {
		return bindings.Errorf(bindings.FailedPrecondition, "the value and the sum must be decimal numbers of 64 bits")
	}
	return coded(err)
}

// List implements [kv.Store].
func (s *store) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	at := uint64(0)
	if cursor != "" {
		var err error
		if at, err = strconv.ParseUint(cursor, 10, 64); err != nil {
			return kv.Page{}, bindings.Errorf(bindings.FailedPrecondition, "the cursor must be one that a list has returned")
		}
	}
	type answer struct {
		keys []string
		next uint64
	}
	found, err := within(ctx, func() (a answer, err error) {
		a.keys, a.next, err = s.client.Scan(ctx, at, glob.Replace(s.prefix+prefix)+"*", int64(limit)).Result()
		return a, err
	})
	if err != nil {
		return kv.Page{}, coded(err)
	}
	keys, next := found.keys, found.next
	page := kv.Page{Keys: keys}
	for i := range keys {
		keys[i] = keys[i][len(s.prefix):]
	}
	if next != 0 {
		page.Cursor = strconv.FormatUint(next, 10)
	}
	return page, nil
}

// glob makes the characters that a pattern gives a meaning stand for themselves.
var glob = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// GetMany implements [kv.ManyGetter].
func (s *store) GetMany(ctx context.Context, keys []string) ([]kv.Record, error) {
	full := make([]string, len(keys))
	for i, key := range keys {
		full[i] = s.prefix + key
	}
	values, err := within(ctx, func() ([]any, error) { return s.client.MGet(ctx, full...).Result() })
	if err != nil {
		return nil, coded(err)
	}
	var records []kv.Record
	for i, value := range values {
		data, ok := value.(string)
		if !ok {
			continue
		}
		r, err := split(keys[i], []byte(data))
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// SetMany implements [kv.ManySetter].
func (s *store) SetMany(ctx context.Context, records []kv.Record, w kv.Write) error {
	return coded(withinErr(ctx, func() error {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, r := range records {
				p.Set(ctx, s.prefix+r.Key, join(fresh(), r.Value), milliseconds(w.TTL))
			}
			return nil
		})
		return err
	}))
}
