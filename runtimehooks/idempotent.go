package runtimehooks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// IdempotencyStore keeps the results of idempotent calls by key, for all processes that share it.
// It must be an [IdempotencyFence], too. A kv binding is one.
type IdempotencyStore interface {
	// Get returns the value of the key; false if there is none, or if its time is over.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	// PutIfAbsent stores the value for a time and reports true, or changes nothing and reports
	// false where the key has one.
	PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error)
}

// IdempotencyFence is the part of an [IdempotencyStore] that changes a value only if it is still
// the one that the caller has put. Without it a call that takes longer than its lease would give up
// or overwrite the claim of the next one.
type IdempotencyFence interface {
	// CompareAndSwap replaces the key's value by another one for a time and reports true, or
	// changes nothing and reports false where the value is not old, or there is none.
	CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error)
	// CompareAndDelete removes the key's value and reports true, or changes nothing and reports
	// false where the value is not old, or there is none.
	CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error)
}

// fencedStore is what a claim needs.
type fencedStore interface {
	IdempotencyStore
	IdempotencyFence
}

// claim is the right to run the body for a key. The zero claim is none.
type claim struct {
	store fencedStore
	key   string // in the store
	read  string // for people
	same  string
	value []byte // of the key while the body runs: a claimRecord with a random token, so that it is this call's only
}

// claimRecord is the value of a key in the store: a token while a call runs, and its results then.
type claimRecord struct {
	Token   string            `json:"token,omitempty"`
	Same    string            `json:"same,omitempty"` // ClaimKey.same
	Results []json.RawMessage `json:"results"`
}

// Claim reports whether the call may run the body for the idempotency key. If not, the function
// returns: an earlier call with the key has succeeded, and results, pointers to all results but the
// error, have its values; or *err is an [*InProgressError], a [*KeyReusedError], the store's error,
// or that of the context which ended first. A call with the key "" runs unprotected. Sites that are
// switched off claim all the same.
func (c *Call) Claim(err *error, store IdempotencyStore, key ClaimKey, results ...any) bool {
	if key.err != nil {
		*err = key.err
		return false
	}
	if key.text == "" {
		return true
	}
	fenced, ok := store.(fencedStore)
	if !ok {
		*err = fmt.Errorf("call %s: claim idempotency key: the store %T has no CompareAndSwap and CompareAndDelete (see runtimehooks.IdempotencyFence), "+
			"without which a call whose lease is over could give up or overwrite the claim of the next", c.Site.Function, store)
		return false
	}
	cl := claim{store: fenced, key: c.Site.Function + " " + key.text, read: key.read, same: key.same}
	cl.value, _ = json.Marshal(claimRecord{Token: rand.Text(), Same: key.same})
	claimed, failed := c.contend(&cl, results)
	if failed != nil {
		*err = failed
	}
	if claimed {
		c.extra().claim = cl
	}
	return claimed
}

// contend gets the claim or the results of the key, and waits for one of them while another call
// has the claim.
func (c *Call) contend(cl *claim, results []any) (claimed bool, err error) {
	pause, until := 10*time.Millisecond, time.Now().Add(c.idempotent().Wait)
	for last := false; ; {
		claimed, err := cl.store.PutIfAbsent(c.context(), cl.key, cl.value, c.idempotent().Lease)
		if err != nil {
			return false, fmt.Errorf("call %s: claim idempotency key: %w", c.Site.Function, err)
		}
		if claimed {
			return true, nil
		}
		state, err := c.look(cl, results)
		switch {
		case err != nil || state == succeeded:
			return false, err
		case state == mine:
			return true, nil
		case state == free && !last: // another call has just given it up
			last = time.Until(until) <= 0
			continue
		}
		left := time.Until(until)
		if left <= 0 {
			return false, &InProgressError{Site: c.Site.Function, Key: cl.read}
		}
		if err := sleep(c.context(), min(pause, left)); err != nil {
			return false, err
		}
		pause = min(2*pause, time.Second)
	}
}

// holding says what a store has under a key.
type holding uint8

const (
	free      holding = iota // nothing
	taken                    // the claim of another call
	mine                     // the call's own claim: it was written though the store did not say so
	succeeded                // results, which are the call's now
)

// look gets what the store has under the claim's key. It is an error if calls with the key have
// something else in common.
func (c *Call) look(cl *claim, results []any) (holding, error) {
	data, ok, err := cl.store.Get(c.context(), cl.key)
	if err != nil {
		return free, fmt.Errorf("call %s: get results of idempotency key: %w", c.Site.Function, err)
	}
	if !ok {
		return free, nil
	}
	if bytes.Equal(data, cl.value) {
		return mine, nil
	}
	var r claimRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return free, fmt.Errorf("call %s: decode results of idempotency key: %w", c.Site.Function, err)
	}
	switch {
	case r.Same != cl.same:
		return free, &KeyReusedError{Site: c.Site.Function, Key: cl.read}
	case r.Token != "":
		return taken, nil
	}
	return succeeded, c.replay(r.Results, results)
}

// replay sets the results to those of the call that has succeeded with the key, or none of them.
func (c *Call) replay(values []json.RawMessage, results []any) error {
	if len(values) != len(results) {
		return fmt.Errorf("call %s: decode results of idempotency key: it has %d, want %d", c.Site.Function, len(values), len(results))
	}
	fresh := make([]reflect.Value, len(results)) // the results may hold what a body has returned
	for i, pointer := range results {
		fresh[i] = reflect.New(reflect.TypeOf(pointer).Elem())
		if err := json.Unmarshal(values[i], fresh[i].Interface()); err != nil {
			return fmt.Errorf("call %s: decode result %d of idempotency key: %w", c.Site.Function, i, err)
		}
	}
	for i, pointer := range results {
		reflect.ValueOf(pointer).Elem().Set(fresh[i].Elem())
	}
	return nil
}

// idempotent returns the options in effect: those of the code while sites are switched off.
func (c *Call) idempotent() *Idempotent {
	if c.state != nil && c.state.on.Idempotent != nil {
		return c.state.on.Idempotent
	}
	return c.Site.Idempotent
}

// context returns the call's context, which a switched off site may not have.
func (c *Call) context() context.Context {
	if c.ctx == nil {
		return context.Background()
	}
	return c.ctx
}
