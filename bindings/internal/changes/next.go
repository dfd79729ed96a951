package changes

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Next waits until read makes an event of something that comes, and returns it. It returns Canceled
// once the feed is stopped, also if more has come, and the error of ctx when that ends. read gets
// what the channel has and whether the channel is open; it returns false if what came is no event.
func Next[T any](ctx context.Context, stopped <-chan struct{}, comes <-chan T,
	read func(of T, open bool) (kv.Event, bool, error)) (kv.Event, error) {
	for {
		select {
		case <-stopped:
			return kv.Event{}, bindings.Canceled
		default:
		}
		select {
		case <-stopped:
			return kv.Event{}, bindings.Canceled
		case <-ctx.Done():
			return kv.Event{}, ctx.Err()
		case of, open := <-comes:
			if e, ok, err := read(of, open); ok || err != nil {
				return e, err
			}
		}
	}
}
