package nats

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// hosts are the embedded servers of this process that keep their files, by folder. Bindings with
// other options, and other platforms, share the server of a folder: two in one would destroy each
// other's data.
type hosts struct {
	mu       sync.Mutex
	byFolder map[string]*lodging
}

// lodging is a server, and how many connections use it.
type lodging struct {
	host  *host
	users int
}

// join returns a connection to the server of a folder, which it starts if there is none. That of ""
// is always another one.
func (h *hosts) join(folder string, quota int64) (*embedded, error) {
	if folder == "" {
		host, err := startHost("")
		if err != nil {
			return nil, err
		}
		return &embedded{host, quota, sync.OnceValue(host.stop)}, nil
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.byFolder[folder]
	if l == nil {
		host, err := startHost(folder)
		if err != nil {
			return nil, err
		}
		l = &lodging{host: host}
		h.byFolder[folder] = l
	}
	l.users++
	return &embedded{l.host, quota, sync.OnceValue(func() error { return h.leave(folder) })}, nil
}

// leave ends the use of a folder's server, and the server with its last one.
func (h *hosts) leave(folder string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.byFolder[folder]
	if l.users--; l.users > 0 {
		return nil
	}
	delete(h.byFolder, folder)
	return l.host.stop()
}

// lockTimeout is how long to wait for another process to leave a folder.
const lockTimeout = 2 * time.Second

// lockFolder makes a folder the process's own.
func lockFolder(folder string) (*flock.Flock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(folder, "instrument.lock"))
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	switch locked, err := lock.TryLockContext(ctx, 20*time.Millisecond); {
	case locked:
		return lock, nil
	case ctx.Err() != nil:
		return nil, bindings.Errorf(bindings.Unavailable, "open %s: another process has it open", folder)
	default:
		return nil, err
	}
}

// embedded is a platform's connection to a server in this process.
type embedded struct {
	*host
	quota int64 // of each stream, in bytes; 0 to leave it as it is
	leave func() error
}

// space returns the connection of a space's account, and the name that the space's bucket has in
// it.
func (e *embedded) space(space bindings.Space) (*conn, string, error) {
	c, err := e.connection(bindings.Space{Namespace: space.Namespace, Tenant: space.Tenant}.Name())
	if err != nil {
		return nil, "", err
	}
	return &conn{nc: c.nc, js: c.js, replicas: c.replicas, quota: e.quota}, bindings.Escape(space.Binding), nil
}

// Ping implements [bindings.Conn].
func (e *embedded) Ping(context.Context) error {
	if !e.running.Load().Running() {
		return bindings.Errorf(bindings.Unavailable, "the embedded server does not run")
	}
	return nil
}

// Close implements [bindings.Conn].
func (e *embedded) Close(context.Context) error { return e.leave() }

// OpenKV implements [kv.Opener].
func (e *embedded) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	c, bucket, err := e.space(space)
	if err != nil {
		return nil, err
	}
	return c.openBucket(ctx, bucket, e.storage())
}
