package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/changes"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// database is a file of bbolt, with a bucket for each space.
type database struct {
	bolt   *bbolt.DB
	mu     sync.Mutex
	spaces map[string]*store
}

// lockTimeout is how long to wait for another process to close the file.
const lockTimeout = 2 * time.Second

func openDatabase(path string, sync bool, fsync func(string) error) (*database, error) {
	if err := makeFolder(filepath.Dir(path), fsync); err != nil {
		return nil, coded(err)
	}
	_, old := os.Stat(path)
	bolt, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, NoSync: !sync})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, bindings.Errorf(bindings.Unavailable, "open %s: another process has it open", path)
	}
	if err != nil {
		return nil, coded(fmt.Errorf("open %s: %w", path, err))
	}
	if old != nil && sync { // what is written to a file is lost with its name
		if err := fsync(filepath.Dir(path)); err != nil {
			return nil, coded(errors.Join(err, bolt.Close()))
		}
	}
	return &database{bolt: bolt, spaces: map[string]*store{}}, nil
}

func (d *database) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.spaces {
		s.stop()
	}
	return coded(d.bolt.Close())
}

// space returns the store of a space. There is one, because it notifies its watchers of changes.
func (d *database) space(name string) (kv.Store, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.spaces[name]; s != nil {
		return s, nil
	}
	s := &store{bolt: d.bolt, name: []byte(name), timers: map[string]*time.Timer{}}
	err := d.bolt.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(s.name)
		if err != nil {
			return err
		}
		s.hub = changes.NewHub(kv.Revision(b.Sequence()))
		return b.ForEach(func(key, data []byte) error {
			e, err := parse(data)
			if err == nil && !e.expires.IsZero() {
				s.expireAt(string(key[1:]), e.expires)
			}
			return err
		})
	})
	if err != nil {
		return nil, coded(err)
	}
	d.spaces[name] = s
	return s, nil
}

// entry is what a key's data hold: the revision, the moment of expiry in nanoseconds since 1970 or
// 0, and the value.
type entry struct {
	revision kv.Revision
	expires  time.Time // zero for never
	value    []byte
}

const headerSize = 16

func (e entry) data() []byte {
	data := make([]byte, headerSize, headerSize+len(e.value))
	binary.BigEndian.PutUint64(data, uint64(e.revision))
	if !e.expires.IsZero() {
		binary.BigEndian.PutUint64(data[8:], uint64(e.expires.UnixNano()))
	}
	return append(data, e.value...)
}

// parse is the reverse of data. The value is the file's own memory, valid as long as the
// transaction.
func parse(data []byte) (entry, error) {
	if len(data) < headerSize {
		return entry{}, bindings.Errorf(bindings.Unknown, "the entry was not written by this package")
	}
	e := entry{revision: kv.Revision(binary.BigEndian.Uint64(data)), value: data[headerSize:]}
	if n := binary.BigEndian.Uint64(data[8:]); n != 0 {
		e.expires = time.Unix(0, int64(n))
	}
	return e, nil
}

func (e entry) gone(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// coded returns an error of files with its code.
func coded(err error) error {
	switch {
	case err == nil:
		return nil
	case bindings.Code(err) != bindings.Unknown:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return bindings.Errorf(bindings.NotFound, "%w", err)
	case errors.Is(err, fs.ErrPermission):
		return bindings.Errorf(bindings.PermissionDenied, "%w", err)
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return bindings.Errorf(bindings.Unavailable, "%w", err)
	}
	return bindings.Errorf(bindings.Unknown, "%w", err)
}
