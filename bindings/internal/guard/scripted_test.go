package guard_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// fate is what becomes of one operation of a script's provider.
type fate struct {
	before error         // it fails so, and is not done
	after  error         // it is done, and fails so all the same
	takes  time.Duration // until its context ends
	slow   time.Duration // whatever its context does
	hold   chan struct{} // it waits for this to be closed
}

var (
	down = fate{before: bindings.Errorf(bindings.Unavailable, "no server")}
	lost = fate{after: bindings.Errorf(bindings.Unavailable, "the answer is lost")}
)

// script is a provider over memory that does to operations what a test has written down, in their
// order; the rest succeeds.
type script struct {
	t *testing.T

	mu    sync.Mutex
	fates []fate
	calls []string // of the provider
}

// next writes down what becomes of the next operations, and forgets the calls so far.
func (s *script) next(fates ...fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fates, s.calls = fates, nil
}

// count returns the number of calls since next.
func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func (s *script) draw(op string) (f fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, op)
	if len(s.fates) > 0 {
		f, s.fates = s.fates[0], s.fates[1:]
	}
	return f
}

func played[T any](ctx context.Context, s *script, op string, do func() (T, error)) (T, error) {
	var none T
	f := s.draw(op)
	if f.takes > 0 {
		select {
		case <-ctx.Done():
			return none, bindings.Errorf(bindings.Unavailable, "cut: %w", ctx.Err())
		case <-time.After(f.takes):
		}
	}
	if time.Sleep(f.slow); f.hold != nil {
		<-f.hold
	}
	if f.before != nil {
		return none, f.before
	}
	result, err := do()
	if err == nil && f.after != nil {
		return none, f.after
	}
	return result, err
}

func (s *script) provider() *bindings.Provider {
	p := *mem.Provider
	p.Name, p.Schemes = "script", []string{"script"}
	p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		conn, err := mem.Provider.Open(ctx, target)
		return &scriptConn{conn, s}, err
	}
	return &p
}

// open opens a platform with bindings that have policies, each written as name: policies.
func (s *script) open(policies map[string][]bindings.PolicyAspect) *bindings.Platform {
	s.t.Helper()
	env := bindings.Environment{Namespace: "shop"}
	for name, p := range policies {
		env.Bindings = append(env.Bindings, bindings.Binding{Name: name, URL: "script:" + name + "?value=5", Policy: p})
	}
	p, err := bindings.Open(s.t.Context(), env, s.provider())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

// carts is a store whose provider plays a script, with policies.
func carts(t *testing.T, policies ...bindings.PolicyAspect) (*script, kv.Of[string, int]) {
	t.Helper()
	s := &script{t: t}
	p := s.open(map[string][]bindings.PolicyAspect{"carts": policies})
	return s, store(t, p, "carts")
}

func store(t *testing.T, p *bindings.Platform, name string) kv.Of[string, int] {
	t.Helper()
	o, err := kv.Open[string, int](t.Context(), p, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// policy returns a policy with options, each a name and a value.
func policy(name string, options ...string) bindings.PolicyAspect {
	a := bindings.PolicyAspect{Name: name, Options: map[string]bindings.PolicyOption{}}
	for i := 0; i < len(options); i += 2 {
		a.Options[options[i]] = bindings.PolicyOption{Text: options[i+1]}
	}
	return a
}

// retries is a retry without jitter and budget, so that counts and times are exact.
func retries(options ...string) bindings.PolicyAspect {
	return policy("retry", append([]string{"jitter", "0", "budget", "0"}, options...)...)
}

type scriptConn struct {
	bindings.Conn
	script *script
}

func (c *scriptConn) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	store, err := c.Conn.(kv.Opener).OpenKV(ctx, space)
	return &scriptKV{store, c.script}, err
}

func (c *scriptConn) OpenTopic(ctx context.Context, space bindings.Space, retention time.Duration) (topic.Store, error) {
	store, err := c.Conn.(topic.Opener).OpenTopic(ctx, space, retention)
	return &scriptTopic{store, c.script}, err
}

func (c *scriptConn) OpenLock(ctx context.Context, space bindings.Space) (lock.Store, error) {
	store, err := c.Conn.(lock.Opener).OpenLock(ctx, space)
	return &scriptLock{store, c.script}, err
}

func (c *scriptConn) OpenBlob(ctx context.Context, space bindings.Space) (blob.Store, error) {
	store, err := c.Conn.(blob.Opener).OpenBlob(ctx, space)
	return &scriptBlob{store, c.script}, err
}

func (c *scriptConn) ReadSecret(ctx context.Context, space bindings.Space) (value, version string, err error) {
	return c.Conn.(bindings.SecretConn).ReadSecret(ctx, space)
}

func (c *scriptConn) OpenSecret(ctx context.Context, space bindings.Space) (secret.Store, error) {
	store, err := c.Conn.(secret.Opener).OpenSecret(ctx, space)
	return &scriptDocument{store, c.script}, err
}

func (c *scriptConn) OpenConfig(ctx context.Context, space bindings.Space) (config.Store, error) {
	store, err := c.Conn.(config.Opener).OpenConfig(ctx, space)
	return &scriptDocument{store, c.script}, err
}

type scriptKV struct {
	kv.Store
	script *script
}

func (s *scriptKV) Get(ctx context.Context, key string) (kv.Record, error) {
	return played(ctx, s.script, "get", func() (kv.Record, error) { return s.Store.Get(ctx, key) })
}

func (s *scriptKV) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	return played(ctx, s.script, "set", func() (kv.Revision, error) { return s.Store.Set(ctx, key, value, w) })
}

func (s *scriptKV) Delete(ctx context.Context, key string, revision kv.Revision) error {
	_, err := played(ctx, s.script, "delete", func() (bool, error) { return true, s.Store.Delete(ctx, key, revision) })
	return err
}

func (s *scriptKV) List(ctx context.Context, prefix, cursor string, limit int) (kv.Page, error) {
	return played(ctx, s.script, "list", func() (kv.Page, error) { return s.Store.List(ctx, prefix, cursor, limit) })
}

func (s *scriptKV) CompareAndSwap(ctx context.Context, key string, value []byte, old kv.Revision, w kv.Write) (kv.Record, error) {
	var current kv.Record
	r, err := played(ctx, s.script, "swap", func() (r kv.Record, err error) {
		current, err = s.Store.(kv.Swapper).CompareAndSwap(ctx, key, value, old, w)
		return current, err
	})
	if err == bindings.FailedPrecondition {
		return current, err
	}
	return r, err
}

func (s *scriptKV) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	return played(ctx, s.script, "increment", func() (int64, error) { return s.Store.(kv.Incrementer).Increment(ctx, key, delta, ttl) })
}

func (s *scriptKV) Watch(ctx context.Context, prefix string, from kv.From) (kv.Feed, error) {
	return played(ctx, s.script, "watch", func() (kv.Feed, error) { return s.Store.(kv.Watcher).Watch(ctx, prefix, from) })
}

type scriptTopic struct {
	topic.Store
	script *script
}

func (s *scriptTopic) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	_, err := played(ctx, s.script, "publish", func() (bool, error) { return true, s.Store.Publish(ctx, m, delay) })
	return err
}

func (s *scriptTopic) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	return played(ctx, s.script, "subscribe", func() (topic.Source, error) { return s.Store.Subscribe(ctx, g) })
}

type scriptLock struct {
	lock.Store
	script *script
}

func (s *scriptLock) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	return played(ctx, s.script, "acquire", func() (lock.Grant, error) { return s.Store.Acquire(ctx, name, ttl) })
}

type scriptBlob struct {
	blob.Store
	script *script
}

// body is an object that fails to be read once its context has ended.
type body struct {
	io.ReadCloser
	ctx context.Context
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

func (s *scriptBlob) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, blob.Info, error) {
	var info blob.Info
	r, err := played(ctx, s.script, "get", func() (r io.ReadCloser, err error) {
		r, info, err = s.Store.Get(ctx, key, part)
		return &body{r, ctx}, err
	})
	return r, info, err
}

func (s *scriptBlob) Put(ctx context.Context, key string, r io.Reader, o blob.Put) (blob.Info, error) {
	return played(ctx, s.script, "put", func() (blob.Info, error) { return s.Store.Put(ctx, key, r, o) })
}

func (s *scriptBlob) Stat(ctx context.Context, key string) (blob.Info, error) {
	return played(ctx, s.script, "stat", func() (blob.Info, error) { return s.Store.Stat(ctx, key) })
}

func (s *scriptBlob) Delete(ctx context.Context, key string) error {
	_, err := played(ctx, s.script, "delete", func() (bool, error) { return true, s.Store.Delete(ctx, key) })
	return err
}

func (s *scriptBlob) Copy(ctx context.Context, to, from string, o blob.Put) (blob.Info, error) {
	return played(ctx, s.script, "copy", func() (blob.Info, error) { return s.Store.(blob.Copier).Copy(ctx, to, from, o) })
}

type scriptDocument struct {
	secret.Store // or config.Store
	script       *script
}

type versioned struct {
	data    []byte
	version string
}

func (s *scriptDocument) Get(ctx context.Context) ([]byte, string, error) {
	v, err := played(ctx, s.script, "get", func() (versioned, error) {
		data, version, err := s.Store.Get(ctx)
		return versioned{data, version}, err
	})
	return v.data, v.version, err
}
