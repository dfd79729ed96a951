package bound_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
)

var (
	errLate = errors.New("late")
	errGone = errors.New("gone")
	late    = bound.Because(context.DeadlineExceeded, errLate)
)

// within returns a context that ends after a second.
func within(parent context.Context) *bound.Context {
	return bound.Until(parent, time.Now().Add(time.Second), time.Second, late)
}

// foreign is a context of another library, which ends on its own.
type foreign struct {
	context.Context
	done chan struct{}

	mu  sync.Mutex
	err error
}

func (f *foreign) Done() <-chan struct{} { return f.done }

func (f *foreign) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *foreign) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = context.Canceled
	close(f.done)
}

// wrapped is a context of the user's around one of the standard library.
type wrapped struct{ context.Context }

type key struct{}

// parents makes parents of all kinds, with the function that ends them; nil for one that never
// ends.
func parents() map[string]func() (context.Context, func()) {
	cancelled := func() (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(context.Background())
		return ctx, func() { cancel(errGone) }
	}
	return map[string]func() (context.Context, func()){
		"background": func() (context.Context, func()) { return context.Background(), nil },
		"cancel":     cancelled,
		"value": func() (context.Context, func()) {
			ctx, end := cancelled()
			return context.WithValue(ctx, key{}, 1), end
		},
		"wrapped": func() (context.Context, func()) {
			ctx, end := cancelled()
			return wrapped{ctx}, end
		},
		"bound": func() (context.Context, func()) {
			ctx, end := cancelled()
			return bound.Until(ctx, time.Now().Add(time.Hour), time.Hour, late), end
		},
		"released": func() (context.Context, func()) {
			ctx, end := cancelled()
			c := within(ctx)
			c.Done()
			c.Release()
			return c, end
		},
		"foreign": func() (context.Context, func()) {
			f := &foreign{Context: context.Background(), done: make(chan struct{})}
			return f, f.end
		},
	}
}

// over reports whether a channel is closed.
func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// uses are what somebody has got from the context while it was bounded: each returns how it has
// ended by now, nil if it has not.
var uses = map[string]func(*testing.T, context.Context) func() error{
	"nothing": func(t *testing.T, ctx context.Context) func() error { return ctx.Err },
	"done": func(t *testing.T, ctx context.Context) func() error {
		done := ctx.Done()
		return func() error {
			synctest.Wait()
			if err := ctx.Err(); over(done) != (err != nil) {
				return fmt.Errorf("error %v, channel closed: %v", err, over(done))
			}
			return ctx.Err()
		}
	},
	"cancel": func(t *testing.T, ctx context.Context) func() error {
		child, cancel := context.WithCancelCause(ctx)
		_ = cancel // who cancels nothing that was derived still gets what the parent does
		return func() error { synctest.Wait(); return child.Err() }
	},
	"value": func(t *testing.T, ctx context.Context) func() error {
		child, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 2), time.Hour)
		t.Cleanup(cancel)
		return func() error { synctest.Wait(); return child.Err() }
	},
	"bound": func(t *testing.T, ctx context.Context) func() error {
		child := bound.Until(context.WithValue(ctx, key{}, 2), time.Now().Add(time.Hour), time.Hour, late)
		child.Done()
		return func() error { synctest.Wait(); return child.Err() }
	},
	"function": func(t *testing.T, ctx context.Context) func() error {
		var ended atomic.Value
		context.AfterFunc(ctx, func() { ended.Store(ctx.Err()) })
		return func() error {
			synctest.Wait()
			err, _ := ended.Load().(error)
			return err
		}
	},
}

// each runs a test for all parents and uses, in a bubble.
func each(t *testing.T, run func(t *testing.T, c *bound.Context, end func(), now func() error)) {
	for name, parent := range parents() {
		for use, of := range uses {
			t.Run(name+"/"+use, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, end := parent()
					c := within(ctx)
					now := of(t, c)
					run(t, c, end, now)
					if end != nil && ctx.Err() == nil {
						end()
					}
				})
			})
		}
	}
}

// At its deadline it ends, for the given reason, and all that is derived from it.
func TestDeadline(t *testing.T) {
	each(t, func(t *testing.T, c *bound.Context, _ func(), now func() error) {
		if at, ok := c.Deadline(); !ok || at != time.Now().Add(time.Second) {
			t.Errorf("deadline is %v, %v", at, ok)
		}
		if err := now(); err != nil {
			t.Errorf("it has ended with %v before its deadline", err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if err := now(); err != context.DeadlineExceeded {
			t.Errorf("it ends with %v", err)
		}
		child, cancel := context.WithCancel(c)
		defer cancel()
		if context.Cause(c) != errLate || context.Cause(child) != errLate || !over(c.Done()) {
			t.Errorf("causes are %v and %v", context.Cause(c), context.Cause(child))
		}
		c.Release()
		c.Cancel(bound.Canceled)
		if c.Err() != context.DeadlineExceeded || context.Cause(c) != errLate {
			t.Errorf("afterwards it has ended with %v", c.Err())
		}
	})
}

// After Release the deadline passes, and it ends with its parent.
func TestRelease(t *testing.T) {
	each(t, func(t *testing.T, c *bound.Context, end func(), now func() error) {
		c.Release()
		theirs, has := context.Background().Deadline()
		if at, ok := c.Deadline(); ok && at.Before(time.Now().Add(time.Minute)) {
			t.Errorf("deadline is %v, want %v, %v", at, theirs, has)
		}
		c.Cancel(bound.Canceled)
		time.Sleep(time.Minute)
		if err := now(); err != nil || c.Err() != nil || over(c.Done()) {
			t.Fatalf("it has ended with %v, %v", err, c.Err())
		}
		child, cancel := context.WithCancel(c)
		defer cancel()
		if end == nil {
			return
		}
		end()
		if c.Err() != context.Canceled {
			t.Errorf("error is %v when the parent has ended", c.Err())
		}
		synctest.Wait()
		if err := now(); err != context.Canceled || child.Err() != context.Canceled || !over(c.Done()) {
			t.Errorf("ends are %v, %v", err, child.Err())
		}
		if cause := context.Cause(c); cause != errGone && cause != context.Canceled || context.Cause(child) != cause {
			t.Errorf("causes are %v and %v", cause, context.Cause(child))
		}
	})
}

// The parent's end is its end, and the deadline changes nothing about that later.
func TestParentEnds(t *testing.T) {
	each(t, func(t *testing.T, c *bound.Context, end func(), now func() error) {
		if end == nil {
			return
		}
		end()
		if c.Err() != context.Canceled || !over(c.Done()) {
			t.Errorf("error is %v, and it is done: %v", c.Err(), over(c.Done()))
		}
		if err := now(); err != context.Canceled {
			t.Errorf("it ends with %v", err)
		}
		time.Sleep(time.Minute)
		c.Cancel(late)
		if err := c.Err(); err != context.Canceled || context.Cause(c) == errLate {
			t.Errorf("afterwards it has ended with %v", err)
		}
	})
}

// Cancelled, it ends at once, and stays so when its parent ends with a cause.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, c *bound.Context, end func(), now func() error) {
		c.Cancel(bound.Canceled)
		if err := now(); err != context.Canceled {
			t.Errorf("it ends with %v", err)
		}
		if end != nil {
			end()
		}
		if cause := context.Cause(c); cause != context.Canceled {
			t.Errorf("cause is %v", cause)
		}
	})
}

// What is derived, and let go, before or after Release, is not held by the context or its parent.
func TestDerivedIsLetGo(t *testing.T) {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	base := heap()
	for i := range 50_000 {
		c := bound.Until(parent, time.Now().Add(time.Hour), time.Hour, late)
		_, stop := context.WithCancel(c)
		c.Done()
		if i%2 == 0 {
			stop()
			c.Release()
		} else {
			c.Release()
			stop()
		}
	}
	if grown := heap() - base; grown > 1<<20 {
		t.Errorf("50,000 released contexts have left %d bytes on their parent", grown)
	}
	runtime.KeepAlive(parent)
}

// Neither are they on a parent of a foreign type, and no goroutine stays.
func TestForeignParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent := &foreign{Context: context.Background(), done: make(chan struct{})}
		defer parent.end()
		before := runtime.NumGoroutine()
		for range 1000 {
			c := within(parent)
			c.Done()
			c.Release()
		}
		for range 3 {
			runtime.GC()
			time.Sleep(2 * time.Minute)
		}
		if n := runtime.NumGoroutine() - before; n > 100 {
			t.Errorf("%d goroutines stay", n)
		}
	})
}

// heap returns the bytes that are in use.
func heap() int64 {
	var m runtime.MemStats
	for range 5 { // cleanups run after a collection, and what they let go is found by the next
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A goroutine that has nothing but the channel is woken, however long it has waited.
func TestChannelAlone(t *testing.T) {
	for name, parent := range parents() {
		t.Run(name, func(t *testing.T) {
			ctx, end := parent()
			if end == nil {
				return
			}
			const n = 500
			var woken sync.WaitGroup
			for range n {
				c := bound.Until(ctx, time.Now().Add(time.Hour), time.Hour, late)
				done := c.Done()
				woken.Go(func() { <-done })
				c.Release()
			}
			heap()
			end()
			woken.Wait()
		})
	}
}

// A bound context and all that uses it may be used by many goroutines, whatever ends it.
func TestRace(t *testing.T) {
	for range 200 {
		parent, cancel := context.WithCancel(context.Background())
		c := bound.Until(parent, time.Now().Add(time.Millisecond), time.Millisecond, late)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				child, stop := context.WithCancel(c)
				defer stop()
				leave := context.AfterFunc(c, func() {})
				defer leave()
				<-child.Done()
				if child.Err() == nil || c.Err() == nil {
					t.Error("it is done without an error")
				}
			})
		}
		all.Go(cancel)
		all.Go(c.Release)
		all.Go(func() { c.Cancel(bound.Canceled) })
		all.Wait()
		if first := c.Err(); first != c.Err() {
			t.Errorf("the error changes from %v", first)
		}
	}
}

func TestString(t *testing.T) {
	if s := fmt.Sprint(bound.New(context.Background())); s != "context.Background.WithCancel" {
		t.Error(s)
	}
}
