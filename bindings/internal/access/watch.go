package access

import (
	"context"
	"iter"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// afterError is how long a watch waits before it asks again for what it could not read.
const afterError = time.Second

// Watch returns what get returns, and again whenever changed says that there is another version
// than the one seen, until ctx or closing ends or changed is Unimplemented. Version "" means there
// is no value. The same error is yielded only once.
func Watch[T any](ctx, closing context.Context, get func(context.Context) (T, error), version func(T) string,
	changed func(ctx context.Context, seen string) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(closing, cancel)()
		told := ""
		for first := true; ; first = false {
			value, err := get(ctx)
			if ctx.Err() != nil {
				return
			}
			seen := ""
			if err == nil {
				seen, told = version(value), ""
			}
			if news := err == nil || first || err.Error() != told; news && !yield(value, err) {
				return
			}
			if err != nil {
				told = err.Error()
			}
			if !wait(ctx, err, seen, changed, yield) {
				return
			}
		}
	}
}

// wait waits for a change, and reports whether the watch goes on.
func wait[T any](ctx context.Context, last error, seen string, changed func(context.Context, string) error,
	yield func(T, error) bool) bool {
	err := last
	if code := bindings.Code(last); code == bindings.OK || code == bindings.NotFound || code == bindings.Unknown {
		err = changed(ctx, seen)
	}
	switch {
	case ctx.Err() != nil:
		return false
	case err == nil:
		return true
	case bindings.Code(err) == bindings.Unimplemented:
		var none T
		yield(none, err)
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(afterError):
		return true
	}
}
