package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// store is the rows of a space.
type store struct {
	db    bounded
	table *entries
	space string
}

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities {
	return kv.Abilities{TTL: true, Granularity: time.Microsecond, CompareAndSwap: true, Increment: true, Ordered: true, Sorted: true,
		ReadYourWrites: true}
}

// Get implements [kv.Store].
func (s *store) Get(ctx context.Context, key string) (kv.Record, error) {
	r := kv.Record{Key: key}
	err := s.db.QueryRow(ctx, s.table.get, s.space, []byte(key)).Scan(&r.Value, &r.Revision)
	return r, coded(err)
}

// Set implements [kv.Store].
func (s *store) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	statement := s.table.set
	if w.IfAbsent {
		statement = s.table.create
	}
	var r kv.Revision
	err := s.db.QueryRow(ctx, statement, s.space, []byte(key), present(value), microseconds(w.TTL)).Scan(&r)
	if w.IfAbsent && errors.Is(err, pgx.ErrNoRows) {
		return 0, bindings.AlreadyExists
	}
	return r, coded(err)
}

// present returns a value that is not NULL, which a deleted one is.
func present(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

// microseconds returns a time to live as the statements take it.
func microseconds(ttl time.Duration) *int64 {
	if ttl <= 0 {
		return nil
	}
	n := (ttl + time.Microsecond - 1).Microseconds()
	return &n
}

// Delete implements [kv.Store].
func (s *store) Delete(ctx context.Context, key string, revision kv.Revision) error {
	if revision == 0 {
		_, err := s.db.Exec(ctx, s.table.remove, s.space, []byte(key))
		return coded(err)
	}
	tag, err := s.db.Exec(ctx, s.table.removeRevision, s.space, []byte(key), int64(revision))
	if err != nil || tag.RowsAffected() == 1 {
		return coded(err)
	}
	if _, err := s.Get(ctx, key); err != nil {
		return err
	}
	return bindings.FailedPrecondition
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	r := kv.Record{Key: key, Value: value}
	err := s.db.QueryRow(ctx, s.table.swap, s.space, []byte(key), present(value), microseconds(w.TTL), int64(old),
		w.TTL == kv.Keep).Scan(&r.Revision)
	if !errors.Is(err, pgx.ErrNoRows) {
		return r, coded(err)
	}
	current, err := s.Get(ctx, key)
	if err == nil {
		err = bindings.FailedPrecondition
	}
	return current, err
}

// Increment implements [kv.Incrementer].
func (s *store) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	var value []byte
	if err := s.db.QueryRow(ctx, s.table.count, s.space, []byte(key), delta, microseconds(ttl)).Scan(&value); err != nil {
		return 0, coded(err)
	}
	return kv.Number(value)
}

// List implements [kv.Store]. Its cursor is the last key of the page before after one letter.
func (s *store) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	var after []byte
	if cursor != "" {
		after = []byte(cursor[1:])
	}
	rows, err := s.db.Query(ctx, s.table.list, s.space, []byte(prefix), end(prefix), after, int64(limit)+1)
	if err != nil {
		return kv.Page{}, coded(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return kv.Page{}, coded(err)
	}
	var page kv.Page
	for i, key := range found {
		if i == limit {
			page.Cursor = "k" + page.Keys[limit-1]
			break
		}
		page.Keys = append(page.Keys, string(key))
	}
	return page, nil
}

// end returns the first bytes that come after all that begin with prefix, nil if there are none.
func end(prefix string) []byte {
	b := []byte(prefix)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return nil
	}
	b[len(b)-1]++
	return b
}

// GetMany implements [kv.ManyGetter].
func (s *store) GetMany(ctx context.Context, keys []string) ([]kv.Record, error) {
	wanted := make([][]byte, len(keys))
	for i, key := range keys {
		wanted[i] = []byte(key)
	}
	rows, err := s.db.Query(ctx, s.table.getMany, s.space, wanted)
	if err != nil {
		return nil, coded(err)
	}
	found := map[string]kv.Record{}
	var key, value []byte
	var revision kv.Revision
	_, err = pgx.ForEachRow(rows, []any{&key, &value, &revision}, func() error {
		found[string(key)] = kv.Record{Key: string(key), Value: slices.Clone(value), Revision: revision}
		return nil
	})
	var records []kv.Record
	for _, key := range keys {
		if r, ok := found[key]; ok {
			records = append(records, r)
		}
	}
	return records, coded(err)
}

// SetMany implements [kv.ManySetter]. A key that is there twice gets its last value. Rows are
// locked in the order of their keys, so that two calls do not wait for each other for ever.
func (s *store) SetMany(ctx context.Context, records []kv.Record, w kv.Write) error {
	last := map[string]int{}
	for i, r := range records {
		last[r.Key] = i
	}
	records = slices.Clone(records)
	i := -1
	records = slices.DeleteFunc(records, func(r kv.Record) bool { i++; return last[r.Key] != i })
	slices.SortFunc(records, func(a, b kv.Record) int { return cmp.Compare(a.Key, b.Key) })
	keys, values := make([][]byte, len(records)), make([][]byte, len(records))
	for i, r := range records {
		keys[i], values[i] = []byte(r.Key), present(r.Value)
	}
	_, err := s.db.Exec(ctx, s.table.setMany, s.space, keys, values, microseconds(w.TTL))
	return coded(err)
}
