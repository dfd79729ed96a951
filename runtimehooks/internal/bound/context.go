package bound

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Context is a bound context. It is made by [Until] or [New], and is in use until Release or
// Cancel.
type Context struct {
	parent context.Context
	late   *Reason     // why it ends at its deadline
	until  time.Time   // zero without a deadline
	timer  *time.Timer // nil without a deadline

	state atomic.Pointer[Reason] // nil while bounded; released or followed; else why it has ended
	done  atomic.Value           // of chan struct{}; unset until somebody asks

	mu       sync.Mutex           // of done, and of the fields below
	follower *follower            // of done; nil without done, and if the parent never ends
	waiting  map[*waiter]struct{} // what is to be called when the context ends
}

// Reason is why contexts end. There is one for all contexts that end so.
type Reason struct {
	err   error
	cause context.Context // a context that has ended, in whose name the standard library finds the cause
}

// Because returns the reason for contexts that end with err, and whose cause is the given one.
func Because(err, cause error) *Reason {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	return &Reason{err, ctx}
}

// The states in which a context ends with its parent alone.
var (
	released = new(Reason)
	followed = new(Reason) // the parent has ended, before anything else
)

// Canceled is the reason for contexts that are cancelled for no other one.
var Canceled = Because(context.Canceled, context.Canceled)

// Until returns a context that ends after the given time for the reason late, if not before. The
// deadline is what it says of itself.
func Until(parent context.Context, deadline time.Time, after time.Duration, late *Reason) *Context {
	c := &Context{parent: parent, until: deadline, late: late}
	if after <= 0 {
		c.end(late)
	} else {
		c.timer = time.AfterFunc(after, c.expire)
	}
	return c
}

// New returns a context without a deadline.
func New(parent context.Context) *Context { return &Context{parent: parent} }

// Release has the context end with its parent alone from now on, unless it has ended. It has the
// parent's deadline then.
func (c *Context) Release() {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.state.CompareAndSwap(nil, released) {
		return
	}
	if c.follower != nil {
		c.follower.release()
		for w := range c.waiting {
			w.leave = after(c.parent, w.do)
		}
	}
}

// Cancel ends the context, unless it has ended or was released.
func (c *Context) Cancel(why *Reason) {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.end(why)
}

func (c *Context) expire() { c.end(c.late) }

// end ends the context. What was derived from it has ended when end returns.
func (c *Context) end(why *Reason) {
	if c.parent.Err() != nil {
		why = followed
	}
	for w := range c.settle(why) {
		w.do()
	}
}

// follow ends the context because its parent has ended.
func (c *Context) follow() {
	for w := range c.settle(followed) {
		w.do()
	}
}

// settle sets the state in which a bound context ends, and closes its channel. It returns those
// that are to be called.
func (c *Context) settle(state *Reason) map[*waiter]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.state.CompareAndSwap(nil, state) {
		return nil
	}
	if state == followed && c.timer != nil {
		c.timer.Stop()
	}
	if c.follower != nil {
		c.follower.close()
	} else if done, _ := c.done.Load().(chan struct{}); done != nil {
		close(done)
	}
	waiting := c.waiting
	c.waiting = nil
	return waiting
}

// Deadline implements context.Context. After Release it is the parent's.
func (c *Context) Deadline() (time.Time, bool) {
	if c.until.IsZero() || c.state.Load() == released {
		return c.parent.Deadline()
	}
	return c.until, true
}

// Err implements context.Context. The channel of Done is closed when it returns an error.
func (c *Context) Err() error {
	state := c.state.Load()
	if state == nil || state.err == nil {
		err := c.parent.Err()
		if err == nil {
			return nil
		}
		if state = c.notice(); state.err == nil {
			return err
		}
	}
	<-c.Done()
	return state.err
}

// notice has the context end, if it has not, because somebody has seen that its parent has. It
// returns the state. Who sees it may hold locks, so those that wait are called by another
// goroutine.
func (c *Context) notice() *Reason {
	if waiting := c.settle(followed); len(waiting) > 0 {
		go func() {
			for w := range waiting {
				w.do()
			}
		}()
	}
	state := c.state.Load()
	if state.err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.follower != nil {
			c.follower.close()
		}
	}
	return state
}

// ended is the channel of contexts that had ended before anybody asked.
var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} {
	if done, _ := c.done.Load().(chan struct{}); done != nil {
		return done
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, _ := c.done.Load().(chan struct{}); done != nil {
		return done
	}
	switch state := c.state.Load(); {
	case state == nil:
	case state.err == nil:
		return c.parent.Done()
	default:
		c.done.Store(ended)
		return ended
	}
	done := make(chan struct{})
	if c.parent.Done() != nil {
		c.follower = follow(c, done)
	}
	c.done.Store(done)
	return done
}

// waiter is a function that is to be called when the context has ended.
type waiter struct {
	do    func()
	leave func() bool // after Release: takes it from the parent; nil if that never ends
}

// AfterFunc has f called when the context has ended, until stop is called. The standard library
// derives contexts by it, so that they need no goroutine. Unlike that of the standard library, it
// may call f on the goroutine that ends the context, as a parent cancels its children.
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	c.Done() // so that it follows the parent
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state := c.state.Load(); {
	case state == nil:
	case state.err == nil:
		return after(c.parent, f)
	default:
		go f()
		return func() bool { return false }
	}
	if c.waiting == nil {
		c.waiting = make(map[*waiter]struct{}, 1)
	}
	w := &waiter{do: f}
	c.waiting[w] = struct{}{}
	return func() bool { return c.stop(w) }
}

// stop takes the waiter away, and reports whether it was there.
func (c *Context) stop(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, here := c.waiting[w]
	delete(c.waiting, w)
	if w.leave != nil {
		return w.leave()
	}
	return here
}

// self is the key under which a context finds the innermost bound one that it is derived from.
type self struct{}

// Value implements context.Context. A context that has ended for a reason of its own answers the
// standard library's question after the cause.
func (c *Context) Value(key any) any {
	if key == any(self{}) {
		return c
	}
	if state := c.state.Load(); state != nil && state.err != nil {
		if v := state.cause.Value(key); v != nil {
			return v
		}
	}
	return c.parent.Value(key)
}

// String names the context as those of the standard library are named.
func (c *Context) String() string {
	if c.until.IsZero() {
		return fmt.Sprintf("%v.WithCancel", c.parent)
	}
	return fmt.Sprintf("%v.WithDeadline(%v)", c.parent, c.until)
}
