package bound

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
	"weak"
)

// follower closes the channel of a context when its parent ends. While the context is bounded, the
// context itself does. When it is released, the channel is all that matters: it is held for a
// while, since most parents are those of a request and end soon, and then weakly.
type follower struct {
	mu      sync.Mutex
	owner   *Context           // while it is bounded
	done    chan struct{}      // nil when it is closed, or held weakly
	held    weak.Pointer[byte] // of done
	leave   func() bool        // takes the follower from the parent; nil when it is closed
	watched bool               // by a goroutine of its own
}

// follow has the context's channel closed when the parent ends.
func follow(c *Context, done chan struct{}) *follower {
	f := &follower{owner: c, done: done}
	f.mu.Lock()
	defer f.mu.Unlock()
	if notifies(c.parent) {
		f.leave = after(c.parent, f.end)
		return f
	}
	f.watched = true
	quit := make(chan struct{})
	f.leave = sync.OnceValue(func() bool { close(quit); return true })
	go f.watch(c.parent, quit)
	return f
}

// end is called when the parent has ended.
func (f *follower) end() {
	f.mu.Lock()
	owner := f.owner
	f.mu.Unlock()
	if owner != nil {
		owner.follow()
	}
	f.close()
}

// close closes the channel, if it is open and anybody holds it, and leaves the parent.
func (f *follower) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.held.Value(); p != nil {
		f.done = channel(p)
	}
	if f.done != nil {
		close(f.done)
	}
	f.owner, f.done, f.held = nil, nil, weak.Pointer[byte]{}
	f.forget()
}

// forget leaves the parent.
func (f *follower) forget() {
	if leave := f.leave; leave != nil {
		f.leave = nil
		leave()
	}
}

// recent are the channels that were released last.
var recent struct {
	followers [64]atomic.Pointer[follower]
	count     atomic.Uint64
}

// release lets go of the owner at once, and of the channel when others have been released after it.
func (f *follower) release() {
	f.mu.Lock()
	f.owner = nil
	f.mu.Unlock()
	place := recent.count.Add(1) % uint64(len(recent.followers))
	if before := recent.followers[place].Swap(f); before != nil {
		before.weaken()
	}
}

// weaken has the follower hold its channel weakly, and leave the parent when nobody else holds it.
// It may be called by any goroutine, and so must not use the channel: that may belong to another
// bubble of testing/synctest.
func (f *follower) weaken() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		return
	}
	p := pointer(f.done)
	f.held, f.done = weak.Make(p), nil
	if f.watched {
		return // it looks for itself
	}
	runtime.AddCleanup(p, func(f *follower) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.forget()
	}, f)
}

// seldom is how often a goroutine that follows a parent of a foreign type looks whether anybody
// still holds the channel.
const seldom = time.Minute

// watch follows a parent of a foreign type. It looks for itself whether anybody holds the channel:
// a cleanup could not wake it, for it may run in a bubble of testing/synctest, and cleanups do not.
func (f *follower) watch(parent context.Context, quit <-chan struct{}) {
	tick := time.NewTicker(seldom)
	defer tick.Stop()
	for {
		select {
		case <-parent.Done():
			f.end()
			return
		case <-quit:
			return
		case <-tick.C:
			if f.dropped() {
				return
			}
		}
	}
}

// dropped reports whether nobody holds the channel any more.
func (f *follower) dropped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done == nil && f.held.Value() == nil
}

// after has f called when ctx has ended. It finds a bound context below values, where the standard
// library would need a goroutine.
func after(ctx context.Context, f func()) (stop func() bool) {
	if c := innermost(ctx); c != nil {
		return c.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// innermost returns the bound context that ctx ends with, nil if there is none.
func innermost(ctx context.Context) *Context {
	if c, ok := ctx.Value(self{}).(*Context); ok && c.Done() == ctx.Done() {
		return c
	}
	return nil
}

// notifies reports whether a context can be followed without a goroutine: it has AfterFunc, or ends
// with a bound one or one of the standard library's.
func notifies(ctx context.Context) bool {
	if innermost(ctx) != nil {
		return true
	}
	if _, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		return true
	}
	inner, ok := ctx.Value(cancelKey).(context.Context)
	return ok && inner.Done() == ctx.Done()
}

// cancelKey is the key under which a context names that of the standard library which it ends with.
var cancelKey = func() any {
	asked := &listener{Context: context.Background()}
	context.Cause(asked)
	return asked.key
}()

// listener is an ended context that notes what it is asked for.
type listener struct {
	context.Context
	key any
}

func (l *listener) Err() error { return context.Canceled }

func (l *listener) Value(key any) any {
	l.key = key
	return nil
}

// pointer returns the pointer that a channel is, as reflect.Value.UnsafePointer does. A weak
// pointer must have a type, whatever it is.
func pointer(c chan struct{}) *byte { return *(**byte)(unsafe.Pointer(&c)) }

// channel is the way back from pointer.
func channel(p *byte) chan struct{} { return *(*chan struct{})(unsafe.Pointer(&p)) }
