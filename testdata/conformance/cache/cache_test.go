package cache_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/cache"
	"example.com/conformance/harness"
)

var keys atomic.Int64

// newKey returns a key that no test has used.
func newKey() string { return fmt.Sprint(keys.Add(1)) }

// returns is a value that is computed at once, and counted.
func returns(calls *int, value string, err error) cache.Value {
	return func(context.Context) (string, error) {
		*calls++
		return value, err
	}
}

func TestCache(t *testing.T) {
	harness.Run(t, "a result is kept by its key", func(t *testing.T) {
		calls, one, other := 0, newKey(), newKey()
		for _, key := range []string{one, one, other, one} {
			got, err := cache.Get(t.Context(), key, returns(&calls, key, nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, key)
		}
		harness.Equal(t, "calls", calls, 2)
	})
	harness.Run(t, "a result is kept as long as ttl says", func(t *testing.T) {
		calls, key := 0, newKey()
		for i, pause := range []time.Duration{0, 59 * time.Second, time.Second, 0} {
			time.Sleep(pause)
			_, err := cache.Get(t.Context(), key, returns(&calls, key, nil))
			harness.OK(t, err)
			harness.Equal(t, "calls", calls, 1+i/2)
		}
	})
	harness.Run(t, "different parts make different keys", func(t *testing.T) {
		calls := 0
		for _, key := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"abc", ""}} {
			prefix := newKey()
			got, err := cache.GetTwo(t.Context(), prefix+key[0], key[1], returns(&calls, key[0], nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, key[0])
		}
		harness.Equal(t, "calls", calls, 3)
	})
	harness.Run(t, "an error is not kept", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			_, err := cache.Get(t.Context(), key, returns(&calls, "", harness.ErrBoom))
			harness.Is(t, err, harness.ErrBoom)
		}
		harness.Equal(t, "calls", calls, 2)
	})
	harness.Run(t, "an error is kept where negative says so", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			_, err := cache.Negative(t.Context(), key, returns(&calls, "", harness.ErrBoom))
			harness.Is(t, err, harness.ErrBoom)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "what the fallback gave is not kept", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			got, err := cache.Fallback(t.Context(), key, returns(&calls, "", harness.ErrBoom))
			harness.OK(t, err)
			harness.Equal(t, "result", got, "fallback")
		}
		harness.Equal(t, "calls", calls, 2)
	})
	harness.Run(t, "a zero result and a nil one are kept", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			got, err := cache.Get(t.Context(), key, returns(&calls, "", nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, "")
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "without a key nothing is kept", func(t *testing.T) {
		calls := 0
		for range 2 {
			got, err := cache.Guarded(t.Context(), nil, harness.Returns(&calls, nil))
			harness.OK(t, err)
			if got != nil {
				t.Errorf("result must be nil, not %v", got)
			}
		}
		harness.Equal(t, "calls", calls, 2)
	})
	harness.Run(t, "a caller's cancel is never kept", func(t *testing.T) {
		calls, key := 0, newKey()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := cache.Negative(ctx, key, func(ctx context.Context) (string, error) {
			calls++
			cancel()
			return "", ctx.Err()
		})
		harness.Is(t, err, context.Canceled)
		got, err := cache.Negative(t.Context(), key, returns(&calls, "x", nil))
		harness.OK(t, err)
		harness.Equal(t, "result", got, "x")
		harness.Equal(t, "calls", calls, 2)
	})
}

// flight is callers that ask for one key at a time.
func flight(t *testing.T, key string, callers int, work cache.Value) chan error {
	results := make(chan error, callers)
	for range callers {
		go func() {
			defer func() {
				if value := recover(); value != nil {
					results <- fmt.Errorf("panic: %v", value)
				}
			}()
			_, err := cache.Get(t.Context(), key, work)
			results <- err
		}()
	}
	synctest.Wait()
	return results
}

func TestCacheFlight(t *testing.T) {
	const callers = 10
	harness.Run(t, "one call for all that miss at a time", func(t *testing.T) {
		var calls atomic.Int32
		results := flight(t, newKey(), callers, func(context.Context) (string, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return "x", nil
		})
		for range callers {
			harness.OK(t, <-results)
		}
		harness.Equal(t, "calls", calls.Load(), 1)
	})
	harness.Run(t, "its error reaches all that wait", func(t *testing.T) {
		var calls atomic.Int32
		results := flight(t, newKey(), callers, func(context.Context) (string, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return "", harness.ErrBoom
		})
		for range callers {
			harness.Is(t, <-results, harness.ErrBoom)
		}
		harness.Equal(t, "calls", calls.Load(), 1)
	})
	harness.Run(t, "its panic reaches all that wait", func(t *testing.T) {
		key := newKey()
		var panicking atomic.Int32
		results := flight(t, key, callers, func(context.Context) (string, error) {
			panicking.Add(1)
			time.Sleep(time.Second)
			panic("boom")
		})
		for range callers {
			if err := <-results; err == nil || err.Error() != "panic: boom" {
				t.Errorf("error must be that of a panic, not: %v", err)
			}
		}
		harness.Equal(t, "calls that panicked", panicking.Load(), 1)
		calls := 0
		_, err := cache.Get(t.Context(), key, returns(&calls, "x", nil))
		harness.OK(t, err)
		harness.Equal(t, "calls after the panic", calls, 1)
	})
	harness.Run(t, "one that waits takes over when the first leaves by Goexit", func(t *testing.T) {
		key := newKey()
		go func() {
			_, _ = cache.Get(t.Context(), key, func(context.Context) (string, error) {
				time.Sleep(time.Second)
				runtime.Goexit()
				return "", nil
			})
		}()
		synctest.Wait()
		calls := 0
		took := harness.Elapsed(func() {
			got, err := cache.Get(t.Context(), key, returns(&calls, "x", nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, "x")
		})
		harness.Equal(t, "time", took, time.Second)
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "one that waits takes over when the first is cancelled", func(t *testing.T) {
		key := newKey()
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() {
			_, err := cache.Get(ctx, key, func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			})
			first <- err
		}()
		synctest.Wait()
		calls := 0
		second := make(chan error, 1)
		go func() {
			_, err := cache.Get(t.Context(), key, returns(&calls, "x", nil))
			second <- err
		}()
		synctest.Wait()
		harness.Equal(t, "calls of the second while it waits", calls, 0)
		cancel()
		harness.Is(t, <-first, context.Canceled)
		harness.OK(t, <-second)
		harness.Equal(t, "calls of the second", calls, 1)
	})
	harness.Run(t, "a caller that waits may be cancelled alone", func(t *testing.T) {
		key := newKey()
		results := flight(t, key, 1, func(context.Context) (string, error) {
			time.Sleep(time.Minute)
			return "x", nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		calls := 0
		took := harness.Elapsed(func() {
			_, err := cache.Get(ctx, key, returns(&calls, "y", nil))
			harness.Is(t, err, context.DeadlineExceeded)
		})
		harness.Equal(t, "time", took, time.Second)
		harness.Equal(t, "calls", calls, 0)
		harness.OK(t, <-results)
	})
}
