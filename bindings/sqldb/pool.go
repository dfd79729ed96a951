package sqldb

import (
	"fmt"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// PoolOf returns the pool that a target's options max-open, max-idle, max-idle-time and
// max-lifetime ask for.
func PoolOf(target bindings.Target, defaults Pool) (Pool, error) {
	pool := defaults
	for _, o := range []struct {
		name  string
		value *int
		least int64
	}{{"max-open", &pool.MaxOpen, 1}, {"max-idle", &pool.MaxIdle, 0}} {
		n, err := target.Int(o.name, int64(*o.value))
		if err != nil {
			return pool, err
		}
		if n < o.least || n > 1<<20 {
			return pool, fmt.Errorf("parse option %s: it must be at least %d, not %d", o.name, o.least, n)
		}
		*o.value = int(n)
	}
	for _, o := range []struct {
		name  string
		value *time.Duration
	}{{"max-idle-time", &pool.MaxIdleTime}, {"max-lifetime", &pool.MaxLifetime}} {
		d, err := target.Duration(o.name, *o.value)
		if err != nil {
			return pool, err
		}
		if d < 0 {
			return pool, fmt.Errorf("parse option %s: it must not be negative, but is %v", o.name, d)
		}
		*o.value = d
	}
	pool.MaxIdle = min(pool.MaxIdle, pool.MaxOpen)
	return pool, nil
}
