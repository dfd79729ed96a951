package mem

import (
	"context"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Provider provides every kind from memory. Each platform that is opened with it begins empty.
var Provider = provider.Mem().Provider(func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	return New().open(target)
})

// Memory is data that outlive the platforms which are opened with its Provider: for tests of what
// happens after a restart.
type Memory struct {
	mu     sync.Mutex
	spaces map[string]*store // kv, by host or path of the URL and name of the space

	buckets map[string]*objects // blob, by the same

	runs map[string]*runs // workflow, by the same

	topics topics
	locks  locks

	documents map[bindings.Space]held // secret and config
	versions  int                     // changes of documents so far
	changed   chan struct{}           // closed at the next change
}

// New returns an empty memory.
func New() *Memory {
	return &Memory{spaces: map[string]*store{}, buckets: map[string]*objects{}, runs: map[string]*runs{},
		documents: map[bindings.Space]held{}, changed: make(chan struct{})}
}

// Provider returns the provider of this memory's data.
func (m *Memory) Provider() *bindings.Provider {
	return provider.Mem().Provider(func(_ context.Context, target bindings.Target) (bindings.Conn, error) { return m.open(target) })
}

func (m *Memory) open(target bindings.Target) (bindings.Conn, error) {
	faults, err := parseFaults(target)
	if err != nil {
		return nil, err
	}
	quota, err := target.Bytes("quota", 0)
	if err != nil {
		return nil, err
	}
	c := &conn{memory: m, where: target.URL.Host + target.Path(), faults: faults, quota: quota}
	if value, ok := target.Options["value"]; ok {
		c.initial = []byte(value)
	}
	return c, nil
}

// conn is a platform's use of a memory.
type conn struct {
	memory *Memory
	where  string // mem:a and mem:b are different places
	faults *faults
	quota  int64 // bytes of each space; 0 for no limit

	initial []byte // of documents that were never set; nil for none
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error { return nil }

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(_ context.Context, space bindings.Space) (kv.Store, error) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := c.where + " " + space.Name()
	s := c.memory.spaces[key]
	if s == nil {
		s = newStore()
		c.memory.spaces[key] = s
	}
	s.mu.Lock()
	s.room.quota = c.quota
	s.mu.Unlock()
	if c.faults == nil {
		return s, nil
	}
	return &faulty{s, c.faults}, nil
}
