package redis

import "context"

// within calls do and returns what it does, or when ctx ends its error: the client looks at
// deadlines, and learns of a cancel only when the server answers or its own time is over. do goes on
// then, and so its connection is used again only when all of the answer was read; whether it was done
// is not known. A context that cannot end costs nothing more.
func within[T any](ctx context.Context, do func() (T, error)) (T, error) {
	return orDrop(ctx, do, func(T) {})
}

// orDrop is within for a result that must be given back where nobody takes it.
func orDrop[T any](ctx context.Context, do func() (T, error), drop func(T)) (result T, err error) {
	if ctx.Done() == nil {
		return do()
	}
	done := make(chan struct{})
	left := make(chan bool, 1) // gets whether the caller has left
	var answer T
	var failed error
	go func() {
		answer, failed = do()
		close(done)
		if <-left && failed == nil {
			drop(answer)
		}
	}()
	select {
	case <-done:
		left <- false
		return answer, failed
	case <-ctx.Done():
		left <- true
		return result, ctx.Err()
	}
}

// withinErr is within for what has no result.
func withinErr(ctx context.Context, do func() error) error {
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, do() })
	return err
}
