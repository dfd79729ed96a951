package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Provider provides kv, locks and topics.
var Provider = provider.Redis().Provider(open)

func open(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	o := &redis.Options{
		Addr:                  net.JoinHostPort(target.URL.Hostname(), port(target)),
		Username:              target.URL.User.Username(),
		ContextTimeoutEnabled: true,
		// The client cannot know what may be done twice: an increment may not.
		MaxRetries:               -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	o.Password, _ = target.URL.User.Password()
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
	if target.URL.Scheme == "rediss" {
		o.TLSConfig = &tls.Config{ServerName: target.URL.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return &conn{redis.NewClient(o)}, nil
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
