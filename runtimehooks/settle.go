package runtimehooks

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"time"
)

// Settle stores the results of a call that has succeeded, which results point to, all but the
// error, so that later calls get them. After a failure, or where the fallback answered for one, it
// gives up the claim: another call may try. Where the results cannot be stored, the claim stays
// until its lease is over, because the body has done its work.
//
// A call that has taken longer than its lease may have lost its claim to another one. Then it gives
// up nothing, and stores nothing: if the other one has succeeded, the results become that one's,
// and if it still runs, *err becomes a [*SupersededError].
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
		c.drop(&cl)
		return
	}
	ctx, cancel := c.after()
	defer cancel()
	data, failed := encode(&cl, results)
	if failed == nil {
		failed = c.store(ctx, &cl, data, err, results)
	}
	if failed != nil {
		slog.ErrorContext(c.context(), "results of an idempotent call are not stored", "function", c.Site.Function, "error", failed)
	}
}

// encode returns the record of a success.
func encode(cl *claim, results []any) ([]byte, error) {
	r := claimRecord{Same: cl.same, Results: []json.RawMessage{}}
	for _, pointer := range results {
		data, err := json.Marshal(reflect.ValueOf(pointer).Elem().Interface())
		if err != nil {
			return nil, err
		}
		r.Results = append(r.Results, data)
	}
	return json.Marshal(r)
}

// store puts the results into the claim's place. If that is another call's by now, it sets *err or
// the results to what that leaves for this one.
func (c *Call) store(ctx context.Context, cl *claim, data []byte, err *error, results []any) error {
	ttl := c.idempotent().TTL
	stored, failed := cl.store.CompareAndSwap(ctx, cl.key, cl.value, data, ttl)
	if stored || failed != nil {
		return failed
	}
	cl.value = data
	for range 3 { // or others claim the key and give it up as fast
		if stored, failed = cl.store.PutIfAbsent(ctx, cl.key, data, ttl); failed != nil {
			return failed
		}
		if stored {
			c.warnOfLease(ctx, "no other has claimed its key, so its results are stored")
			return nil
		}
		state, failed := c.look(cl, results)
		switch {
		case failed != nil:
			*err = failed
		case state == mine: // the store has swapped, and then swapped again
			return nil
		case state == succeeded:
			c.warnOfLease(ctx, "another call with its key has succeeded, so its caller gets the results of that")
			return nil
		case state == free:
			continue
		}
		break
	}
	if *err == nil {
		*err = &SupersededError{Site: c.Site.Function, Key: cl.read}
	}
	c.warnOfLease(ctx, "another call has claimed its key, so its caller gets an error though it has succeeded")
	return nil
}

// warnOfLease says that a call took longer than its lease.
func (c *Call) warnOfLease(ctx context.Context, consequence string) {
	slog.WarnContext(ctx, "an idempotent call has taken longer than its lease: "+consequence,
		"function", c.Site.Function, "lease", c.idempotent().Lease)
}

// drop gives up a claim, unless it is another call's by now.
func (c *Call) drop(cl *claim) {
	ctx, cancel := c.after()
	defer cancel()
	if _, err := cl.store.CompareAndDelete(ctx, cl.key, cl.value); err != nil {
		slog.WarnContext(c.context(), "claim of an idempotent call stays until its lease is over", "function", c.Site.Function, "error", err)
	}
}

// after returns a context for what is to be done when the call's own may have ended.
func (c *Call) after() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.context()), 5*time.Second)
}

// leaveClaim gives up the claim of a call that has left before Settle.
func (c *Call) leaveClaim() {
	if c.more != nil && c.more.claim.store != nil {
		c.drop(&c.more.claim)
		c.more.claim = claim{}
	}
}
