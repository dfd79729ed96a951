package kv

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Set writes an entry and returns its revision. Options: [TTL], [Forever], [IfAbsent].
func (o Of[K, V]) Set(ctx context.Context, key K, value V, options ...WriteOption) (Revision, error) {
	c, err := o.begin(ctx, "set")
	if err != nil {
		return 0, err
	}
	defer c.Unwind()
	revision, err := o.set(&c, key, value, options)
	return revision, c.End(err)
}

func (o Of[K, V]) set(c *call, key K, value V, options []WriteOption) (Revision, error) {
	w, err := writeOf(c, options, o.ttl)
	if err != nil {
		return 0, err
	}
	text, data, err := o.encode(key, value)
	if err != nil {
		return 0, err
	}
	return c.Store.Set(c.Ctx, text, data, w)
}

// SetMany writes several entries, whose revisions are ignored. Options: [TTL], [Forever]. If it
// fails, some of them may be written.
func (o Of[K, V]) SetMany(ctx context.Context, entries []Entry[K, V], options ...WriteOption) error {
	c, err := o.begin(ctx, "set many")
	if err != nil {
		return err
	}
	defer c.Unwind()
	return c.End(o.setMany(&c, entries, options))
}

func (o Of[K, V]) setMany(c *call, entries []Entry[K, V], options []WriteOption) error {
	w, err := writeOf(c, options, o.ttl)
	if err != nil {
		return err
	}
	if w.IfAbsent {
		return bindings.Errorf(bindings.FailedPrecondition, "set many has no option IfAbsent")
	}
	records := make([]Record, len(entries))
	for i, e := range entries {
		if records[i].Key, records[i].Value, err = o.encode(e.Key, e.Value); err != nil {
			return err
		}
	}
	if many, ok := c.Store.(ManySetter); ok && len(records) > 0 {
		return many.SetMany(c.Ctx, records, w)
	}
	return setEach(c.Ctx, c.Store, records, w)
}

// setEach writes one by one.
func setEach(ctx context.Context, store Store, records []Record, w Write) error {
	for _, r := range records {
		if _, err := store.Set(ctx, r.Key, r.Value, w); err != nil {
			return err
		}
	}
	return nil
}

// Delete deletes an entry. It is not an error if there is none.
func (o Of[K, V]) Delete(ctx context.Context, key K) error {
	return o.delete(ctx, "delete", key, 0)
}

// CompareAndDelete deletes an entry if it has the given revision. Its error is NotFound if there is
// none, and FailedPrecondition if it has another.
func (o Of[K, V]) CompareAndDelete(ctx context.Context, key K, revision Revision) error {
	return o.delete(ctx, "compare and delete", key, revision)
}

func (o Of[K, V]) delete(ctx context.Context, op string, key K, revision Revision) error {
	c, err := o.begin(ctx, op)
	if err != nil {
		return err
	}
	defer c.Unwind()
	text, err := o.text(key)
	switch {
	case err != nil:
	case op != "delete" && !c.Store.Abilities().CompareAndSwap:
		err = access.Lacks("compare and swap")
	case op != "delete" && revision == 0:
		err = bindings.Errorf(bindings.FailedPrecondition, "the revision must not be 0")
	default:
		err = c.Store.Delete(c.Ctx, text, revision)
	}
	return c.End(err)
}

// CompareAndSwap replaces the value of an entry if it has the given revision, and returns the new
// entry. If it has another, it returns the entry that is there and FailedPrecondition; if there is
// none, NotFound. The entry keeps the rest of its time. Options: [TTL], [Forever].
func (o Of[K, V]) CompareAndSwap(ctx context.Context, key K, old Revision, value V, options ...WriteOption) (Entry[K, V], error) {
	c, err := o.begin(ctx, "compare and swap")
	if err != nil {
		return Entry[K, V]{}, err
	}
	defer c.Unwind()
	e, err := o.swap(&c, key, old, value, options)
	return e, c.End(err)
}

func (o Of[K, V]) swap(c *call, key K, old Revision, value V, options []WriteOption) (Entry[K, V], error) {
	var none Entry[K, V]
	swapper, ok := c.Store.(Swapper)
	if !ok || !c.Store.Abilities().CompareAndSwap {
		return none, access.Lacks("compare and swap")
	}
	w, err := writeOf(c, options, Keep)
	if err != nil {
		return none, err
	}
	if w.IfAbsent {
		return none, bindings.Errorf(bindings.FailedPrecondition, "compare and swap has no option IfAbsent")
	}
	text, data, err := o.encode(key, value)
	if err != nil {
		return none, err
	}
	r, err := swapper.CompareAndSwap(c.Ctx, text, data, old, w)
	switch bindings.Code(err) {
	case bindings.OK:
		return Entry[K, V]{key, value, r.Revision}, nil
	case bindings.FailedPrecondition:
		current, decodeErr := o.decode(key, r)
		if decodeErr != nil {
			return Entry[K, V]{Key: key, Revision: r.Revision}, err
		}
		return current, err
	}
	return none, err
}

// Update changes an entry by a function of its value, and repeats that until nobody else has
// changed the entry meanwhile. It returns the new entry. If there is none, found is false and
// Update creates it. An existing entry keeps its remaining time. If change returns an error, Update
// returns that error as it is. Options: [TTL], [Forever].
func (o Of[K, V]) Update(ctx context.Context, key K, change func(value V, found bool) (V, error), options ...WriteOption) (Entry[K, V],
	error) {
	current, err := o.Entry(ctx, key)
	for {
		found := err == nil
		if code := bindings.Code(err); code != bindings.OK && code != bindings.NotFound {
			return Entry[K, V]{}, err
		}
		value, failed := change(current.Value, found)
		if failed != nil {
			return Entry[K, V]{}, failed
		}
		var next Entry[K, V]
		if found {
			next, err = o.CompareAndSwap(ctx, key, current.Revision, value, options...)
		} else {
			next = Entry[K, V]{Key: key, Value: value}
			next.Revision, err = o.Set(ctx, key, value, append(options[:len(options):len(options)], IfAbsent())...)
		}
		if err == nil {
			return next, nil
		}
		if !raced(err, found) {
			return Entry[K, V]{}, err
		}
		again, readErr := o.Entry(ctx, key)
		if readErr == nil && found && again.Revision == current.Revision {
			return Entry[K, V]{}, err // not stale: the precondition is another
		}
		current, err = again, readErr
	}
}

// raced reports whether a write may have failed because someone else was faster.
func raced(err error, found bool) bool {
	code := bindings.Code(err)
	if !found {
		return code == bindings.AlreadyExists
	}
	return code == bindings.FailedPrecondition || code == bindings.NotFound
}

// Increment adds delta to a number, from 0 if there is none, and returns the sum. The value must be
// a decimal number, as integers are in JSON. An entry that it creates gets [TTL] or the binding's
// ttl; an existing one keeps its own. It must not be retried after an error, because the number may
// have been added.
func (o Of[K, V]) Increment(ctx context.Context, key K, delta int64, options ...WriteOption) (int64, error) {
	c, err := o.begin(ctx, "increment")
	if err != nil {
		return 0, err
	}
	defer c.Unwind()
	sum, err := o.increment(&c, key, delta, options)
	return sum, c.End(err)
}

func (o Of[K, V]) increment(c *call, key K, delta int64, options []WriteOption) (int64, error) {
	incrementer, ok := c.Store.(Incrementer)
	if !ok || !c.Store.Abilities().Increment {
		return 0, access.Lacks("increment")
	}
	w, err := writeOf(c, options, o.ttl)
	if err != nil {
		return 0, err
	}
	text, err := o.text(key)
	if err != nil {
		return 0, err
	}
	return incrementer.Increment(c.Ctx, text, delta, w.TTL)
}

// encode returns a key's text and a value's bytes.
func (o Of[K, V]) encode(key K, value V) (string, []byte, error) {
	text, err := o.text(key)
	if err != nil {
		return "", nil, err
	}
	if data, ok := any(value).([]byte); ok && o.same != nil {
		return text, data, nil
	}
	data, err := o.codec.Marshal(value)
	if err != nil {
		return "", nil, bindings.Errorf(bindings.Unknown, "encode value: %w", err)
	}
	return text, data, nil
}

// longest is the longest time to live that stores are asked for: most count nanoseconds or
// milliseconds since 1970, which end before the largest Duration from now does.
const longest = 100 * 365 * 24 * time.Hour

// writeOf returns what the options ask for; otherwise is the time to live if they do not say.
func writeOf(c *call, options []WriteOption, otherwise time.Duration) (Write, error) {
	w := Write{TTL: otherwise}
	for _, o := range options {
		switch {
		case o.ttl < 0:
			return w, bindings.Errorf(bindings.FailedPrecondition, "the time to live must be positive")
		case o.ttl > 0:
			w.TTL = o.ttl
		case o.endless:
			w.TTL = Endless
		}
		w.IfAbsent = w.IfAbsent || o.ifAbsent
	}
	w.TTL = min(w.TTL, longest)
	if w.TTL > 0 && !c.Store.Abilities().TTL {
		return w, access.Lacks("time to live")
	}
	return w, nil
}
