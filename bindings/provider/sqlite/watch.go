package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Watch implements [kv.Watcher]. Another process may write, so it looks again and again for rows
// with a later revision than the last one reported; writers come one after the other, so none can
// appear before that.
func (s *store) Watch(ctx context.Context, prefix string, from kv.From) (kv.Feed, error) {
	f := &feed{store: s, prefix: prefix, last: from.After, marks: from.After != 0, stopped: make(chan struct{})}
	if !from.Now && from.After == 0 {
		return f, nil
	}
	var last, swept kv.Revision
	err := s.db.QueryRowContext(ctx, `SELECT last, swept FROM instrument_kv_revision`).Scan(&last, &swept)
	if err != nil {
		return nil, coded(ctx, err)
	}
	if from.Now {
		f.last, f.marks = last, true
	} else if from.After < swept {
		return nil, bindings.Errorf(bindings.FailedPrecondition, "deletions after revision %d are forgotten: watch from the beginning",
			from.After)
	}
	return f, nil
}

// batch is how many changes are read at once.
const batch = 100

// feed is a running watch.
type feed struct {
	store  *store
	prefix string

	mu      sync.Mutex // held by the Next that looks
	last    kv.Revision
	marks   bool       // whether deletions are reported; a watch that begins with all entries need not know of earlier ones
	pending []kv.Event // read and not yet reported

	stopped chan struct{}
	once    sync.Once
}

// Next implements [kv.Feed].
func (f *feed) Next(ctx context.Context) (kv.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		select {
		case <-f.stopped:
			return kv.Event{}, bindings.Canceled
		default:
		}
		if len(f.pending) > 0 {
			e := f.pending[0]
			f.pending = f.pending[1:]
			return e, nil
		}
		if err := f.look(ctx); err != nil {
			return kv.Event{}, err
		}
		if len(f.pending) > 0 {
			continue
		}
		select {
		case <-f.stopped:
			return kv.Event{}, bindings.Canceled
		case <-ctx.Done():
			return kv.Event{}, ctx.Err()
		case <-time.After(f.store.poll):
		}
	}
}

// look reads the next changes. Entries that have expired become deletions first, with a revision of
// their own.
func (f *feed) look(ctx context.Context) error {
	s := f.store
	if err := s.bury(ctx); err != nil {
		return err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT key, value, revision FROM instrument_kv WHERE space = ?1 AND revision > ?2
		AND key >= ?3 AND (?4 IS NULL OR key < ?4) AND (?5 OR value IS NOT NULL) ORDER BY revision LIMIT ?6`,
		s.space, int64(f.last), []byte(f.prefix), end(f.prefix), f.marks, batch)
	if err != nil {
		return coded(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, value []byte
		var e kv.Event
		if err := rows.Scan(&key, &value, &e.Revision); err != nil {
			return coded(ctx, err)
		}
		e.Key, e.Value, e.Deleted = string(key), value, value == nil
		f.pending = append(f.pending, e)
		f.last = e.Revision
	}
	if len(f.pending) < batch {
		f.marks = true // all that was there is read
	}
	return coded(ctx, rows.Err())
}

// bury marks the entries that have expired as deleted.
func (s *store) bury(ctx context.Context) error {
	now := time.Now().UnixNano()
	var found bool
	const expired = `FROM instrument_kv WHERE space = ? AND value IS NOT NULL AND expires <= ?`
	if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 `+expired+`)`, s.space, now).Scan(&found); err != nil || !found {
		return coded(ctx, err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		keys, err := texts(tx.QueryContext(ctx, `SELECT key `+expired, s.space, now))
		for _, key := range keys {
			if err == nil {
				_, err = s.put(ctx, tx, key, nil, now)
			}
		}
		return err
	})
}

// texts returns the only column of rows.
func texts(rows *sql.Rows, err error) (all []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, string(text))
	}
	return all, rows.Err()
}

// Stop implements [kv.Feed].
func (f *feed) Stop() { f.once.Do(func() { close(f.stopped) }) }
