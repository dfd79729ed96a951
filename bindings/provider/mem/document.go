package mem

import (
	"context"
	"strconv"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// Set sets the secret or the configuration of a space, whatever the URL of its binding.
func (m *Memory) Set(space bindings.Space, text string) {
	m.change(func() { m.documents[space] = held{[]byte(text), m.versions} })
}

// Remove removes the secret or the configuration of a space.
func (m *Memory) Remove(space bindings.Space) {
	m.change(func() { delete(m.documents, space) })
}

// change changes documents, and wakes whoever waits for that.
func (m *Memory) change(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.versions++
	do()
	close(m.changed)
	m.changed = make(chan struct{})
}

// document is the secret or the configuration of a space.
type document struct {
	memory *Memory
	space  bindings.Space
	faults *faults

	initial []byte // what it is until it is set; nil for none
}

// held is a document as it was set, and how many changes there had been by then.
type held struct {
	data    []byte
	version int
}

// read returns the document, its version, and what is closed when anything changes.
func (d document) read() (data []byte, version string, changed <-chan struct{}, err error) {
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	h, ok := d.memory.documents[d.space]
	if !ok && d.initial != nil {
		h, ok = held{data: d.initial}, true
	}
	if !ok {
		return nil, "", d.memory.changed, bindings.NotFound
	}
	return h.data, strconv.Itoa(h.version), d.memory.changed, nil
}

// Abilities implements [secret.Store] and [config.Store].
func (d document) Abilities() secret.Abilities { return secret.Abilities{Version: true, Watch: true} }

// Get implements [secret.Store] and [config.Store].
func (d document) Get(ctx context.Context) (data []byte, version string, err error) {
	data, err = around(ctx, d.faults, func() (data []byte, err error) {
		data, version, _, err = d.read()
		return data, err
	})
	return data, version, err
}

// Changed implements [secret.Watcher] and [config.Watcher].
func (d document) Changed(ctx context.Context, seen string) error {
	for {
		_, version, changed, _ := d.read() // a missing one has no version
		if version != seen {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return document{c.memory, space, c.faults, c.initial}, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(ctx context.Context, space bindings.Space) (text, version string, err error) {
	data, version, err := document{c.memory, space, c.faults, c.initial}.Get(ctx)
	return string(data), version, err
}

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return document{c.memory, space, c.faults, c.initial}, nil
}
