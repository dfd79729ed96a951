package nats

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Provider provides config, kv, blob, locks and topics.
var Provider = newProvider()

// newProvider returns the provider, with the embedded servers that platforms of this process share.
func newProvider() *bindings.Provider {
	running := &hosts{byFolder: map[string]*lodging{}}
	return provider.NATS().Provider(func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
		return running.open(target)
	})
}

func (h *hosts) open(target bindings.Target) (bindings.Conn, error) {
	replicas, err := target.Int("replicas", 1)
	if err != nil {
		return nil, err
	}
	quota, err := target.Bytes("quota", 0)
	if err != nil {
		return nil, err
	}
	if target.URL.Scheme != "nats+embedded" {
		return connect(target, int(replicas), quota)
	}
	e, err := h.join(target.Path(), quota)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// connect connects to a server, which must answer now; later it may go away and come back.
func connect(target bindings.Target, replicas int, quota int64) (bindings.Conn, error) {
	options, err := connectOptions(target)
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(addresses(target), options...)
	if err != nil {
		return nil, coded(context.Background(), err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, coded(context.Background(), err)
	}
	return &conn{nc: nc, js: js, replicas: replicas, quota: quota}, nil
}

// conn is a connection to a server, or to one account of an embedded one.
type conn struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	replicas int
	quota    int64 // of each stream, in bytes; 0 to leave it as it is
	making   sync.Mutex
}

// Ping implements [bindings.Conn].
func (c *conn) Ping(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
	}
	_, err := c.js.AccountInfo(ctx)
	return coded(ctx, err)
}

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error {
	c.nc.Close()
	return nil
}

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	return c.openBucket(ctx, space.Name(), jetstream.FileStorage)
}
