package kv

import (
	"context"
	"iter"

	"github.com/instrumentgo/instrument/bindings"
)

// Get returns the value of a key. Its error is NotFound if there is none.
func (o Of[K, V]) Get(ctx context.Context, key K) (V, error) {
	e, err := o.entry(ctx, "get", key)
	return e.Value, err
}

// Entry returns the entry of a key: its value and its revision. Its error is NotFound if there is
// none.
func (o Of[K, V]) Entry(ctx context.Context, key K) (Entry[K, V], error) {
	return o.entry(ctx, "get", key)
}

func (o Of[K, V]) entry(ctx context.Context, op string, key K) (Entry[K, V], error) {
	c, err := o.begin(ctx, op)
	if err != nil {
		return Entry[K, V]{}, err
	}
	defer c.Unwind()
	text, err := o.text(key)
	if err != nil {
		return Entry[K, V]{}, c.End(err)
	}
	r, err := c.Store.Get(c.Ctx, text)
	if err != nil {
		return Entry[K, V]{}, c.End(err)
	}
	e, err := o.decode(key, r)
	return e, c.End(err)
}

// GetMany returns the entries of those keys that have one, in the order of the keys. It is not a
// snapshot.
func (o Of[K, V]) GetMany(ctx context.Context, keys ...K) ([]Entry[K, V], error) {
	c, err := o.begin(ctx, "get many")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	entries, err := o.getMany(&c, keys)
	return entries, c.End(err)
}

func (o Of[K, V]) getMany(c *call, keys []K) ([]Entry[K, V], error) {
	texts := make([]string, len(keys))
	byText := make(map[string]K, len(keys))
	for i, key := range keys {
		text, err := o.text(key)
		if err != nil {
			return nil, err
		}
		texts[i], byText[text] = text, key
	}
	if len(keys) == 0 {
		return nil, nil
	}
	records, err := getRecords(c, texts)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry[K, V], len(records))
	for i, r := range records {
		if entries[i], err = o.decode(byText[r.Key], r); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// getRecords reads in one go where the store can, else one by one.
func getRecords(c *call, texts []string) ([]Record, error) {
	if many, ok := c.Store.(ManyGetter); ok {
		return many.GetMany(c.Ctx, texts)
	}
	return getEach(c.Ctx, c.Store, texts)
}

// getEach reads one by one.
func getEach(ctx context.Context, store Store, texts []string) (records []Record, err error) {
	for _, text := range texts {
		r, err := store.Get(ctx, text)
		if bindings.Code(err) == bindings.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// KeyPage is a part of a list of keys. It may be empty without being the last.
type KeyPage[K any] struct {
	Keys   []K
	Cursor string // continues the list; "" at the end
}

// List returns about limit of the keys whose text begins with prefix, and the cursor that continues
// after them; the first cursor is "". A key that exists all the time is listed at least once, and
// exactly once and in the order of the bytes if Abilities.Sorted is declared.
func (o Of[K, V]) List(ctx context.Context, prefix, cursor string, limit int) (KeyPage[K], error) {
	c, err := o.begin(ctx, "list")
	if err != nil {
		return KeyPage[K]{}, err
	}
	defer c.Unwind()
	if limit <= 0 {
		return KeyPage[K]{}, c.End(bindings.Errorf(bindings.FailedPrecondition, "the limit must be positive, not %d", limit))
	}
	page, err := c.Store.List(c.Ctx, prefix, cursor, limit)
	if err != nil {
		return KeyPage[K]{}, c.End(err)
	}
	keys := make([]K, len(page.Keys))
	for i, text := range page.Keys {
		if keys[i], err = o.key.parse(text); err != nil {
			return KeyPage[K]{}, c.End(bindings.Errorf(bindings.Unknown, "parse key: %w", err))
		}
	}
	return KeyPage[K]{keys, page.Cursor}, c.End(nil)
}

// listed is how many keys Keys asks for at once.
const listed = 256

// Keys lists all keys whose text begins with prefix, as List does. It ends with the first error.
func (o Of[K, V]) Keys(ctx context.Context, prefix string) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		for cursor := ""; ; {
			page, err := o.List(ctx, prefix, cursor, listed)
			if err != nil {
				var none K
				yield(none, err)
				return
			}
			for _, key := range page.Keys {
				if !yield(key, nil) {
					return
				}
			}
			if cursor = page.Cursor; cursor == "" {
				return
			}
		}
	}
}

// text returns a key's text.
func (o Of[K, V]) text(key K) (string, error) {
	text, err := o.key.text(key)
	if err != nil {
		return "", bindings.Errorf(bindings.FailedPrecondition, "write key: %w", err)
	}
	if len(text) > MaxKey {
		return "", bindings.Errorf(bindings.FailedPrecondition, "the key must have at most %d bytes, not %d", MaxKey, len(text))
	}
	return text, nil
}

// decode returns the entry of a record.
func (o Of[K, V]) decode(key K, r Record) (Entry[K, V], error) {
	if o.same != nil {
		return Entry[K, V]{key, o.same(r.Value), r.Revision}, nil
	}
	var value V
	if err := o.codec.Unmarshal(r.Value, &value); err != nil {
		return Entry[K, V]{}, bindings.Errorf(bindings.Unknown, "decode value: %w", err)
	}
	return Entry[K, V]{key, value, r.Revision}, nil
}
