package kv

import (
	"context"
	"iter"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Change is a change of an entry: it was written or, if Deleted is set, it was deleted or has
// expired.
type Change[K, V any] struct {
	Entry[K, V]
	Deleted bool // Value is zero
}

// Changes is a running watch. It must be stopped.
type Changes[K, V any] struct {
	of     Of[K, V]
	feed   Feed
	listen func() bool // stops listening for the platform's end
}

// Watch watches the entries whose key's text begins with prefix: first all that exist, then each
// change, in order for each key. If a key changes several times in quick succession, only the last
// change may be reported. Options: [After], [FromNow]. The watch continues when ctx ends; it ends
// with Stop.
func (o Of[K, V]) Watch(ctx context.Context, prefix string, options ...WatchOption) (*Changes[K, V], error) {
	c, err := o.begin(ctx, "watch")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	watcher, ok := c.Store.(Watcher)
	if !ok || !c.Store.Abilities().Watch {
		return nil, c.End(access.Lacks("watch"))
	}
	var from From
	for _, option := range options {
		from = option.from
	}
	feed, err := watcher.Watch(c.Ctx, prefix, from)
	if err != nil {
		return nil, c.End(err)
	}
	return &Changes[K, V]{o, feed, context.AfterFunc(o.access.Closing(), feed.Stop)}, c.End(nil)
}

// Next waits for the next change. When ctx ends it returns, and may be called again. After Stop,
// and when the platform is closed, its error is Canceled.
func (w *Changes[K, V]) Next(ctx context.Context) (Change[K, V], error) {
	e, err := w.feed.Next(ctx)
	if err != nil && w.of.access.Closing().Err() != nil {
		err = bindings.Canceled // whatever the provider says of its end
	}
	if err != nil {
		return Change[K, V]{}, bindings.Failed("watch", w.of.access.Name(), err)
	}
	key, err := w.of.key.parse(e.Key)
	if err != nil {
		return Change[K, V]{}, bindings.Failed("watch", w.of.access.Name(), bindings.Errorf(bindings.Unknown, "parse key: %w", err))
	}
	if e.Deleted {
		return Change[K, V]{Entry[K, V]{Key: key, Revision: e.Revision}, true}, nil
	}
	entry, err := w.of.decode(key, e.Record)
	if err != nil {
		return Change[K, V]{Entry: Entry[K, V]{Key: key, Revision: e.Revision}}, bindings.Failed("watch", w.of.access.Name(), err)
	}
	return Change[K, V]{Entry: entry}, nil
}

// All returns the changes until the watch fails or ctx ends, which is not an error. Then it stops
// the watch.
func (w *Changes[K, V]) All(ctx context.Context) iter.Seq2[Change[K, V], error] {
	return func(yield func(Change[K, V], error) bool) {
		defer w.Stop()
		for {
			change, err := w.Next(ctx)
			if err != nil && ctx.Err() != nil {
				return
			}
			if !yield(change, err) || err != nil {
				return
			}
		}
	}
}

// Stop ends the watch. It may be called more than once.
func (w *Changes[K, V]) Stop() {
	w.listen()
	w.feed.Stop()
}
