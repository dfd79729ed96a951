package circuit

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Change is one change of a breaker's state.
type Change struct {
	Breaker string // its name, or the function it belongs to where it has none
	Key     string // of a breaker of a Keyed
	From    State
	To      State
	Forced  bool // whether an operator has forced the state To
	At      time.Time
}

// listeners holds the functions that are called at every change; copied on write.
var listeners struct {
	adding sync.Mutex
	list   atomic.Pointer[[]*func(Change)]
}

// Listen has listener called at every change of every breaker: after the breaker's lock is
// released, on the goroutine of a call that uses the breaker, one change of a breaker at a time and
// in their order. It may use breakers itself. The returned function takes it away.
func Listen(listener func(Change)) (remove func()) {
	entry := &listener
	update(func(list []*func(Change)) []*func(Change) { return append(slices.Clone(list), entry) })
	return func() {
		update(func(list []*func(Change)) []*func(Change) {
			return slices.DeleteFunc(slices.Clone(list), func(e *func(Change)) bool { return e == entry })
		})
	}
}

func update(change func([]*func(Change)) []*func(Change)) {
	listeners.adding.Lock()
	defer listeners.adding.Unlock()
	list := change(current())
	listeners.list.Store(&list)
}

func current() []*func(Change) {
	if list := listeners.list.Load(); list != nil {
		return *list
	}
	return nil
}

// notices is a breaker's queue of changes that listeners have not been told of.
type notices struct {
	waiting atomic.Bool // whether queue holds anything, to be read without the lock

	mu         sync.Mutex
	queue      []Change
	delivering bool // one goroutine delivers; the others, and a listener that caused a change, leave theirs in the queue
}

// add puts a change into the queue. The breaker's lock is held, so the order is that of the
// changes.
func (n *notices) add(change Change) {
	if len(current()) == 0 {
		return
	}
	n.mu.Lock()
	n.queue = append(n.queue, change)
	n.waiting.Store(true)
	n.mu.Unlock()
}

// deliver tells the listeners of all changes in the queue. The breaker's lock is not held.
func (n *notices) deliver() {
	for n.waiting.Load() && n.deliverOne() {
	}
}

// deliverOne tells the listeners of the oldest change, and reports whether there was one to tell
// of. A listener that panics keeps no change from anyone: the other listeners, and the rest of the
// queue, come while the panic goes up.
func (n *notices) deliverOne() bool {
	change, ok := n.take()
	if !ok {
		return false
	}
	told := false
	defer func() {
		n.taken()
		if !told {
			n.deliver()
		}
	}()
	tell(current(), change)
	told = true
	return true
}

// take takes the oldest change out of the queue, if nobody else is delivering.
func (n *notices) take() (Change, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.delivering || len(n.queue) == 0 {
		return Change{}, false
	}
	change := n.queue[0]
	n.queue = n.queue[1:]
	n.waiting.Store(len(n.queue) > 0)
	n.delivering = true
	return change, true
}

// taken ends the delivery of a change.
func (n *notices) taken() {
	n.mu.Lock()
	n.delivering = false
	n.mu.Unlock()
}

// tell calls the listeners, each whatever becomes of the others.
func tell(listeners []*func(Change), change Change) {
	if len(listeners) == 0 {
		return
	}
	defer tell(listeners[1:], change)
	(*listeners[0])(change)
}
