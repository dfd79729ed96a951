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
	m.change(func() { m.documents[space] = held{text, m.versions} })
}

// Remove removes the secret or the configuration of a space.
func (m *Memory) Remove(space bindings.Space) {
	m.change(func() { delete(m.documents, space) })
}

// change changes documents, and wakes who waits for that.
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

	initial *string // what it is until it is set; nil for none
}

// held is a document as it was set, and how many changes there had been by then.
type held struct {
	text    string
	version int
}

// read returns the text, its version, and what is closed when anything changes.
func (d document) read() (text, version string, changed <-chan struct{}, err error) {
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	h, ok := d.memory.documents[d.space]
	if !ok && d.initial != nil {
		h, ok = held{text: *d.initial}, true
	}
	if !ok {
		return "", "", d.memory.changed, bindings.NotFound
	}
	return h.text, strconv.Itoa(h.version), d.memory.changed, nil
}

// get is read with faults.
func (d document) get(ctx context.Context) (held, string, error) {
	var version string
	h, err := around(ctx, d.faults, func() (h held, err error) {
		h.text, version, _, err = d.read()
		return h, err
	})
	return h, version, err
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

// secretDocument is a document that is a secret.
type secretDocument struct{ document }

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return secretDocument{document{c.memory, space, c.faults, c.initial}}, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(ctx context.Context, space bindings.Space) (text, version string, err error) {
	return secretDocument{document{c.memory, space, c.faults, c.initial}}.Get(ctx)
}

// Abilities implements [secret.Store].
func (d secretDocument) Abilities() secret.Abilities {
	return secret.Abilities{Version: true, Watch: true}
}

// Get implements [secret.Store].
func (d secretDocument) Get(ctx context.Context) (text, version string, err error) {
	h, version, err := d.get(ctx)
	return h.text, version, err
}

// configDocument is a document that is a configuration.
type configDocument struct{ document }

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return configDocument{document{c.memory, space, c.faults, c.initial}}, nil
}

// Abilities implements [config.Store].
func (d configDocument) Abilities() config.Abilities {
	return config.Abilities{Version: true, Watch: true}
}

// Get implements [config.Store].
func (d configDocument) Get(ctx context.Context) (data []byte, version string, err error) {
	h, version, err := d.get(ctx)
	return []byte(h.text), version, err
}
