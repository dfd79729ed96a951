// # Locks
//
// A lock is a key whose value is its token and whose time to live is its lease; tokens are counted
// for each space. A lock is as safe as the one server that holds it: if a replica takes over that
// has not heard of a lock, or a server has lost its data, there can be two holders, and the counter
// can go back. Where that must not be, use another provider for locks.
package redis

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// lockStore is the locks of one space: a key for each that is held, whose value is the token and
// whose time to live is the lease, and the counter of tokens. The counter has no time to live: a
// token must never come again.
type lockStore struct {
	client *redis.Client
	space  string
}

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(_ context.Context, space bindings.Space) (lock.Store, error) {
	return &lockStore{c.client, space.Name()}, nil
}

// Abilities implements [lock.Store].
func (s *lockStore) Abilities() lock.Abilities { return lock.Abilities{Granularity: time.Millisecond} }

// Both keys have the space in braces, so that they are on one node of a cluster; and "/", which no
// space's name has, so that they are no entry's of kv.

func (s *lockStore) key(name string) string { return "lock/{" + s.space + "}/" + name }

func (s *lockStore) counter() string { return "lock/{" + s.space + "}" }

// acquire takes the milliseconds of the lease. It returns the token, nil if the lock is held.
var acquire = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then
  return false
end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], string.format('%.0f', token), 'PX', ARGV[1])
return token
`)

// renew takes the token and the milliseconds of the lease. It returns 0 if the lock has another
// token, or none.
var renew = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`)

// release takes the token. It returns 0 if the lock has another token, or none.
var release = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
`)

// Acquire implements [lock.Store].
func (s *lockStore) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	token, err := orDrop(ctx, func() (uint64, error) {
		return acquire.Run(ctx, s.client, []string{s.key(name), s.counter()}, milliseconds(ttl).Milliseconds()).Uint64()
	}, func(token uint64) { // nobody has it; if this fails, it ends with its time
		_ = (&grant{s, name, lock.Token(token)}).Release(context.WithoutCancel(ctx))
	})
	if errors.Is(err, redis.Nil) {
		return nil, bindings.AlreadyExists
	}
	return &grant{s, name, lock.Token(token)}, coded(err)
}

// grant is a lock that was taken.
type grant struct {
	locks *lockStore
	name  string
	token lock.Token
}

// Token implements [lock.Grant].
func (g *grant) Token() lock.Token { return g.token }

// Renew implements [lock.Grant].
func (g *grant) Renew(ctx context.Context, ttl time.Duration) error {
	return change(ctx, func() (int, error) {
		return renew.Run(ctx, g.locks.client, []string{g.locks.key(g.name)}, uint64(g.token), milliseconds(ttl).Milliseconds()).Int()
	})
}

// Release implements [lock.Grant].
func (g *grant) Release(ctx context.Context) error {
	return change(ctx, func() (int, error) {
		return release.Run(ctx, g.locks.client, []string{g.locks.key(g.name)}, uint64(g.token)).Int()
	})
}

// change runs a script and returns the error of one that has changed something, or has not.
func change(ctx context.Context, script func() (int, error)) error {
	n, err := within(ctx, script)
	if err == nil && n == 0 {
		return bindings.Errorf(bindings.FailedPrecondition, "the lease is over")
	}
	return coded(err)
}
