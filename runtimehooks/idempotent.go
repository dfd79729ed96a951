package runtimehooks

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// IdempotencyStore keeps the results of idempotent calls by key, for all processes that share it. A
// kv binding is one.
type IdempotencyStore interface {
	// Get returns the value of the key; false if there is none, or if its time is over.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	// PutIfAbsent stores the value for a time and reports true, or changes nothing and reports
	// false where the key has one.
	PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error)
	// Delete removes the key's value, if it has one.
	Delete(ctx context.Context, key string) error
}

// claim is the right to run the body for a key. The zero claim is none.
type claim struct {
	store IdempotencyStore
	key   string
}

// The store has two values of a key: the claim of the call that runs, which ends with its lease,
// and the results of the one that has succeeded. They are apart because a store can neither replace
// a value nor change its time.
func (c claim) running() string { return c.key + "/running" }
func (c claim) results() string { return c.key + "/results" }

// Claim reports whether the call may run the body for the idempotency key. If not, the function
// returns: an earlier call with the key has succeeded, and results, pointers to all results but the
// error, have its values; or *err is an [*InProgressError], the store's error, or that of the
// context which ended first. A call with the key "" runs unprotected. Sites that are switched off
// claim all the same.
func (c *Call) Claim(err *error, store IdempotencyStore, key string, results ...any) bool {
	if key == "" {
		return true
	}
	cl := claim{store, c.site.Function + "/" + key}
	replayed, claimed, failed := c.contend(cl, results)
	switch {
	case failed != nil:
		*err = failed
		return false
	case replayed:
		return false
	}
	if !claimed {
		*err = &InProgressError{Site: c.site.Function, Key: key}
		return false
	}
	c.extra().claim = cl
	return true
}

// contend gets the results of the key or the claim, and waits for one of them while another call
// has the claim.
func (c *Call) contend(cl claim, results []any) (replayed, claimed bool, err error) {
	pause, until := 10*time.Millisecond, time.Now().Add(c.site.Idempotent.Wait)
	for {
		if replayed, err := c.replay(cl, results); replayed || err != nil {
			return replayed, false, err
		}
		claimed, err := cl.store.PutIfAbsent(c.context(), cl.running(), []byte("1"), c.site.Idempotent.Lease)
		if err != nil {
			return false, false, fmt.Errorf("call %s: claim idempotency key: %w", c.site.Function, err)
		}
		if claimed {
			// The call that had the claim may have stored its results since.
			if replayed, err := c.replay(cl, results); replayed || err != nil {
				c.drop(cl)
				return replayed, false, err
			}
			return false, true, nil
		}
		left := time.Until(until)
		if left <= 0 {
			return false, false, nil
		}
		if err := sleep(c.context(), min(pause, left)); err != nil {
			return false, false, err
		}
		pause = min(2*pause, time.Second)
	}
}

// context returns the call's context, which a switched off site may not have.
func (c *Call) context() context.Context {
	if c.ctx == nil {
		return context.Background()
	}
	return c.ctx
}

// replay sets the results to those of the call that has succeeded with the key, if there is one.
func (c *Call) replay(cl claim, results []any) (bool, error) {
	data, ok, err := cl.store.Get(c.context(), cl.results())
	if err != nil {
		return false, fmt.Errorf("call %s: get results of idempotency key: %w", c.site.Function, err)
	}
	if !ok {
		return false, nil
	}
	var values []json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return false, fmt.Errorf("call %s: decode results of idempotency key: %w", c.site.Function, err)
	}
	if len(values) != len(results) {
		return false, fmt.Errorf("call %s: decode results of idempotency key: it has %d, want %d", c.site.Function, len(values), len(results))
	}
	for i, r := range results {
		if err := json.Unmarshal(values[i], r); err != nil {
			return false, fmt.Errorf("call %s: decode result %d of idempotency key: %w", c.site.Function, i, err)
		}
	}
	return true, nil
}

// Settle stores the results of a call that has succeeded, all but the error, so that later ones get
// them. After a failure, or where the fallback answered for one, it gives up the claim: another
// call may try. Where the results cannot be stored, the claim stays until its lease is over,
// because the body has done its work.
func (c *Call) Settle(err *error, results ...any) {
	if c.more == nil || c.more.claim.store == nil {
		return
	}
	cl := c.more.claim
	c.more.claim = claim{}
	if c.state != nil {
		defer c.tick() // the store took its time
	}
	if *err != nil || c.more.fell {
		c.drop(cl)
		return
	}
	if results == nil {
		results = []any{}
	}
	data, failed := json.Marshal(results)
	if failed == nil {
		ctx, cancel := c.after()
		defer cancel()
		_, failed = cl.store.PutIfAbsent(ctx, cl.results(), data, c.site.Idempotent.TTL)
	}
	if failed != nil {
		slog.ErrorContext(c.context(), "results of an idempotent call are not stored", "function", c.site.Function, "error", failed)
		return
	}
	c.drop(cl)
}

// drop gives up a claim.
func (c *Call) drop(cl claim) {
	ctx, cancel := c.after()
	defer cancel()
	if err := cl.store.Delete(ctx, cl.running()); err != nil {
		slog.WarnContext(c.context(), "claim of an idempotent call stays until its lease is over", "function", c.site.Function, "error", err)
	}
}

// after returns a context for what is to be done when the call's own may have ended.
func (c *Call) after() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.context()), 5*time.Second)
}

// leaveClaim gives up the claim of a call that has left before Settle.
func (c *Call) leaveClaim() {
	if c.more != nil && c.more.claim.store != nil {
		c.drop(c.more.claim)
		c.more.claim = claim{}
	}
}
