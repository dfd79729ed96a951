package redis_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	client "github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

const address = "127.0.0.1:6379"

// needServer skips a test where there is no server, and says so.
func needServer(t testing.TB) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no Redis at %s", address)
	}
	c.Close()
}

func TestKV(t *testing.T) {
	needServer(t)
	kvtest.Run(t, kvtest.Harness{
		Provider: redis.Provider,
		URL:      func(*testing.T) string { return "redis://" + address + "/9" },
		Reopen:   true,
		Clean:    clean,
	})
}

// clean deletes what the namespaces with a prefix have left.
func clean(t *testing.T, prefix string) {
	c := client.NewClient(&client.Options{Addr: address, DB: 9})
	defer c.Close()
	ctx := context.Background()
	for i := c.Scan(ctx, 0, prefix+"*", 1000).Iterator(); i.Next(ctx); {
		if err := c.Unlink(ctx, i.Val()).Err(); err != nil {
			t.Error(err)
		}
	}
}

// The same on a server in this process, which is always there and can be restarted.
func TestKVEmbedded(t *testing.T) {
	var servers servers
	kvtest.Run(t, kvtest.Harness{
		Provider: redis.Provider,
		URL:      servers.url,
		Reopen:   true,
		Restart:  servers.restart,
		Except: map[string]string{
			"wildcards in a prefix stand for themselves": "miniredis matches patterns by regular expressions, which fail for bytes that are not UTF-8",
		},
	})
}

// mini starts a server whose clock goes.
func mini(t *testing.T) *miniredis.Miniredis {
	m := miniredis.RunT(t)
	ticker := time.NewTicker(10 * time.Millisecond)
	done := make(chan struct{})
	t.Cleanup(func() { close(done); ticker.Stop() })
	go func() {
		for last := time.Now(); ; {
			select {
			case now := <-ticker.C:
				m.FastForward(now.Sub(last))
				last = now
			case <-done:
				return
			}
		}
	}()
	return m
}
