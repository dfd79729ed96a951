package slots

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrFull says that all slots are taken and that the caller may not wait, or has waited long
// enough.
var ErrFull = errors.New("all slots are taken")

// Slots hands out slots. Its methods may be called from any goroutine.
type Slots struct {
	name string

	// word counts those that run, in the low half, and those that wait, in the high half. While
	// nobody waits, a slot is taken and given back by changing it alone; mu guards the queue, so
	// only its holder changes the high half.
	word atomic.Uint64
	max  atomic.Uint32

	mu          sync.Mutex
	queue       uint32 // callers that may wait; 0 for as many as like, if they say how long
	first, last *waiter
}

const waiting = 1 << 32 // one of the high half

func split(word uint64) (running, waiters uint32) { return uint32(word), uint32(word >> 32) }

// waiter is a caller in the queue.
type waiter struct {
	prev, next *waiter
	queued     bool
	turn       chan struct{} // closed once it has a slot
}

// New returns max slots, at least 1, for which at most queue callers may wait.
func New(name string, max, queue int) *Slots {
	s := &Slots{name: name}
	s.Set(max, queue)
	return s
}

// Name returns the name that New was given.
func (s *Slots) Name() string { return s.name }

// Acquire takes a slot, which must be given back by Release. If none is free it waits, at most for
// the duration, until there is one. With the duration 0 it waits as long as ctx lets it where there
// is a queue, and not at all where there is none. It returns ErrFull, or ctx's error if ctx ended
// first.
func (s *Slots) Acquire(ctx context.Context, wait time.Duration) error {
	for w := s.word.Load(); ; w = s.word.Load() {
		if running, waiters := split(w); waiters > 0 || running >= s.max.Load() {
			return s.wait(ctx, wait)
		}
		if s.word.CompareAndSwap(w, w+1) {
			return nil
		}
	}
}

// Release gives a slot back, to the first in the queue if there is one.
func (s *Slots) Release() {
	for w := s.word.Load(); ; w = s.word.Load() {
		running, waiters := split(w)
		if running == 0 {
			panic("slots: release of a slot that nobody has")
		}
		if waiters > 0 {
			break
		}
		if s.word.CompareAndSwap(w, w-1) {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.word.Add(^uint64(0))
	s.serve()
}

// wait is Acquire where no slot is free.
func (s *Slots) wait(ctx context.Context, wait time.Duration) error {
	me, err := s.enqueue(wait)
	if me == nil {
		return err
	}
	return s.await(ctx, me, wait)
}

// await returns when the waiter has a slot, has waited long enough, or is not waited for any more.
func (s *Slots) await(ctx context.Context, me *waiter, wait time.Duration) error {
	var over <-chan time.Time // never
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-me.turn:
	case <-over:
		if s.leave(me) {
			return ErrFull
		}
	case <-ctx.Done():
		if s.leave(me) {
			return ctx.Err()
		}
	}
	// It has a slot. Its caller is not to begin what nobody waits for any more.
	if err := ctx.Err(); err != nil {
		s.Release()
		return err
	}
	return nil
}

// enqueue puts the caller at the end of the queue. It returns nil if the caller got a slot after
// all, or may not wait.
func (s *Slots) enqueue(wait time.Duration) (*waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		w := s.word.Load()
		running, waiters := split(w)
		switch {
		case waiters == 0 && running < s.max.Load():
			if s.word.CompareAndSwap(w, w+1) {
				return nil, nil
			}
		case wait <= 0 && s.queue == 0, s.queue > 0 && waiters >= s.queue:
			return nil, ErrFull
		case s.word.CompareAndSwap(w, w+waiting):
			me := &waiter{prev: s.last, queued: true, turn: make(chan struct{})}
			if s.last != nil {
				s.last.next = me
			} else {
				s.first = me
			}
			s.last = me
			return me, nil
		}
	}
}

// leave takes the waiter out of the queue; false if it has a slot by now.
func (s *Slots) leave(me *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !me.queued {
		return false
	}
	s.unlink(me)
	s.word.Add(^uint64(waiting - 1))
	return true
}

// serve gives free slots to those that wait. The lock is held.
func (s *Slots) serve() {
	for s.first != nil {
		w := s.word.Load()
		if running, _ := split(w); running >= s.max.Load() {
			return
		}
		if s.word.CompareAndSwap(w, w+1-waiting) {
			next := s.first
			s.unlink(next)
			close(next.turn)
		}
	}
}

func (s *Slots) unlink(w *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		s.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		s.last = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
}

// Set changes the number of slots, and that of callers that may wait. Those that run or wait
// already stay, though they may be too many for a while.
func (s *Slots) Set(slots, queue int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max.Store(uint32(max(slots, 1)))
	s.queue = uint32(max(queue, 0))
	s.serve()
}

// Snapshot is Slots at one moment.
type Snapshot struct {
	Name    string
	Max     int // slots
	Queue   int // callers that may wait; 0 for any number of those that say how long
	Running int // slots taken; more than Max for a while after it was lowered
	Waiting int
}

// Snapshot returns the slots as they are now.
func (s *Slots) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	running, waiters := split(s.word.Load())
	return Snapshot{Name: s.name, Max: int(s.max.Load()), Queue: int(s.queue), Running: int(running), Waiting: int(waiters)}
}
