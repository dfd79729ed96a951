package file

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Provider provides blob, config, kv and secret.
var Provider = provider.File().Provider(open)

func open(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	if target.URL.Host != "" {
		return nil, fmt.Errorf("parse url: it must be file:path or file:///path, without a host")
	}
	path := target.Path()
	if path == "" {
		return nil, fmt.Errorf("parse url: it must have a path")
	}
	c := &conn{path: path, suffix: target.Options["suffix"], salt: []byte(rand.Text()), fsync: syncFolder}
	var err error
	if c.sync, err = target.Bool("sync", true); err != nil {
		return nil, err
	}
	if c.poll, err = target.Duration("poll", time.Second); err != nil {
		return nil, err
	}
	if c.poll <= 0 {
		return nil, fmt.Errorf("parse option poll: it must be positive, not %v", c.poll)
	}
	return c, nil
}

// conn is a path. What is there is opened by the kind that first asks for it.
type conn struct {
	path   string
	sync   bool
	poll   time.Duration
	suffix string
	salt   []byte                  // random
	fsync  func(path string) error // of folders

	mu sync.Mutex
	db *database // of kv, nil until it is asked for
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db == nil {
		return nil
	}
	return c.db.close()
}

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(_ context.Context, space bindings.Space) (kv.Store, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db == nil {
		db, err := openDatabase(c.path, c.sync, c.fsync)
		if err != nil {
			return nil, err
		}
		c.db = db
	}
	return c.db.space(space.Name())
}
