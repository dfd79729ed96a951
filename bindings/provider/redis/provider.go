package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/tlsconfig"
)

// Provider provides kv, locks and topics.
var Provider = provider.Redis().Provider(open)

func open(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	logs()
	o := &redis.Options{
		Addr:                  net.JoinHostPort(target.URL.Hostname(), port(target)),
		ContextTimeoutEnabled: true,
		// A password is read again for each connection: it may have been replaced.
		CredentialsProviderContext: func(ctx context.Context) (user, password string, err error) {
			login := target.Fresh(ctx).URL.User
			password, _ = login.Password()
			return login.Username(), password, nil
		},
		// The client cannot know what may be done twice: an increment may not.
		MaxRetries:               -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	pool, err := target.Int("pool", 0)
	if err != nil {
		return nil, err
	}
	o.PoolSize = int(pool)
	if db := strings.Trim(target.URL.Path, "/"); db != "" {
		if o.DB, err = strconv.Atoi(db); err != nil {
			return nil, fmt.Errorf("parse url: the path must be the number of a database, not %q", db)
		}
	}
	if o.DialTimeout, err = target.Duration("connect-timeout", dialTimeout); err != nil {
		return nil, err
	}
	if o.Dialer, err = dialer(target, o.DialTimeout); err != nil {
		return nil, err
	}
	return &conn{redis.NewClient(o)}, nil
}

// dialTimeout is how long connecting may take unless an option says otherwise.
const dialTimeout = 5 * time.Second

// dialer returns what connects to a server. Certificates are read again for each connection.
func dialer(target bindings.Target, timeout time.Duration) (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	plain := &net.Dialer{Timeout: timeout, KeepAlive: 5 * time.Minute} // as the client's own
	if target.URL.Scheme != "rediss" {
		return plain.DialContext, nil
	}
	certificates, err := tlsconfig.New(target)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		config, err := certificates.Config(ctx, target.URL.Hostname())
		if err != nil {
			return nil, err
		}
		return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext(ctx, network, address)
	}, nil
}

func port(target bindings.Target) string {
	if p := target.URL.Port(); p != "" {
		return p
	}
	return "6379"
}

// conn is a pool of connections.
type conn struct{ client *redis.Client }

// Ping implements [bindings.Conn].
func (c *conn) Ping(ctx context.Context) error { return coded(c.client.Ping(ctx).Err()) }

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error { return coded(c.client.Close()) }

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(_ context.Context, space bindings.Space) (kv.Store, error) {
	return &store{client: c.client, prefix: space.Name() + ":"}, nil
}
