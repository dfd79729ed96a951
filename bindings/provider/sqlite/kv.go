package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// store is the rows of a space.
type store struct {
	db    *sql.DB
	queue queue
	poll  time.Duration // of watches
	space string
}

// row is an entry. Its time is in nanoseconds since 1970, 0 for never.
type row struct {
	record  kv.Record
	expires int64
}

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities {
	return kv.Abilities{TTL: true, CompareAndSwap: true, Increment: true, Watch: true, Ordered: true, Sorted: true, ReadYourWrites: true}
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// read returns the entry of a key, or NotFound.
func (s *store) read(ctx context.Context, q querier, key string) (row, error) {
	r := row{record: kv.Record{Key: key}}
	var expires sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT value, revision, expires FROM instrument_kv
		WHERE space = ? AND key = ? AND value IS NOT NULL AND (expires IS NULL OR expires > ?)`, s.space, []byte(key), time.Now().UnixNano()).
		Scan(&r.record.Value, &r.record.Revision, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, bindings.NotFound
	}
	r.expires = expires.Int64
	return r, coded(ctx, err)
}

// write runs a transaction that writes: no other is under way.
func (s *store) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	if err := s.queue.enter(ctx); err != nil {
		return err
	}
	defer s.queue.leave()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return coded(ctx, err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error says more
		return coded(ctx, err)
	}
	return coded(ctx, tx.Commit())
}

// put writes an entry, or the mark of a deletion if value is nil, and returns its revision.
func (s *store) put(ctx context.Context, tx *sql.Tx, key string, value []byte, expires int64) (r kv.Revision, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE instrument_kv_revision SET last = last + 1 RETURNING last`).Scan(&r)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO instrument_kv (space, key, value, revision, expires) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, revision = excluded.revision, expires = excluded.expires`,
		s.space, []byte(key), value, int64(r), sql.NullInt64{Int64: expires, Valid: expires != 0})
	return r, err
}

// present returns a value that is not NULL, which a deleted one is.
func present(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

// expiry returns when a time to live from now is over, 0 for kv.Endless.
func expiry(ttl time.Duration) int64 {
	if ttl <= 0 {
		return 0
	}
	return time.Now().Add(ttl).UnixNano()
}

// Get implements [kv.Store].
func (s *store) Get(ctx context.Context, key string) (kv.Record, error) {
	r, err := s.read(ctx, s.db, key)
	return r.record, err
}

// Set implements [kv.Store].
func (s *store) Set(ctx context.Context, key string, value []byte, w kv.Write) (r kv.Revision, err error) {
	err = s.write(ctx, func(tx *sql.Tx) (err error) {
		if w.IfAbsent {
			if _, err := s.read(ctx, tx, key); err == nil {
				return bindings.AlreadyExists
			} else if bindings.Code(err) != bindings.NotFound {
				return err
			}
		}
		r, err = s.put(ctx, tx, key, present(value), expiry(w.TTL))
		return err
	})
	return r, err
}

// Delete implements [kv.Store].
func (s *store) Delete(ctx context.Context, key string, revision kv.Revision) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		current, err := s.read(ctx, tx, key)
		if err != nil {
			return err
		}
		if revision != 0 && current.record.Revision != revision {
			return bindings.FailedPrecondition
		}
		_, err = s.put(ctx, tx, key, nil, time.Now().UnixNano())
		return err
	})
	if revision == 0 && bindings.Code(err) == bindings.NotFound {
		return nil
	}
	return err
}

// CompareAndSwap implements [kv.Swapper].
func (s *store) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (r kv.Record, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		current, err := s.read(ctx, tx, key)
		if err != nil {
			return err
		}
		if r = current.record; r.Revision != old {
			return bindings.FailedPrecondition
		}
		expires := current.expires
		if w.TTL != kv.Keep {
			expires = expiry(w.TTL)
		}
		r.Value = value
		r.Revision, err = s.put(ctx, tx, key, present(value), expires)
		return err
	})
	return r, err
}

// Increment implements [kv.Incrementer].
func (s *store) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (sum int64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		current, err := s.read(ctx, tx, key)
		switch bindings.Code(err) {
		case bindings.OK:
			sum, err = kv.Number(current.record.Value)
		case bindings.NotFound:
			sum, err, current.expires = 0, nil, expiry(ttl)
		}
		if err != nil {
			return err
		}
		if sum, err = kv.Add(sum, delta); err != nil {
			return err
		}
		_, err = s.put(ctx, tx, key, strconv.AppendInt(nil, sum, 10), current.expires)
		return err
	})
	return sum, err
}

// SetMany implements [kv.ManySetter], in one transaction.
func (s *store) SetMany(ctx context.Context, records []kv.Record, w kv.Write) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, r := range records {
			if _, err := s.put(ctx, tx, r.Key, present(r.Value), expiry(w.TTL)); err != nil {
				return err
			}
		}
		return nil
	})
}

// List implements [kv.Store]. Its cursor is the last key of the page before after one letter.
func (s *store) List(ctx context.Context, prefix, cursor string, limit int) (page kv.Page, err error) {
	var after any
	if cursor != "" {
		after = []byte(cursor[1:])
	}
	rows, err := s.db.QueryContext(ctx, `SELECT key FROM instrument_kv
		WHERE space = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) AND (?4 IS NULL OR key > ?4)
			AND value IS NOT NULL AND (expires IS NULL OR expires > ?5) ORDER BY key LIMIT ?6`,
		s.space, []byte(prefix), end(prefix), after, time.Now().UnixNano(), int64(limit)+1)
	if err != nil {
		return page, coded(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if len(page.Keys) == limit {
			page.Cursor = "k" + page.Keys[limit-1]
			break
		}
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return kv.Page{}, coded(ctx, err)
		}
		page.Keys = append(page.Keys, string(key))
	}
	return page, coded(ctx, rows.Err())
}

// end returns the first bytes that come after all that begin with prefix, nil if there are none.
func end(prefix string) any {
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
