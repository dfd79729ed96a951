package sqldb

import (
	"context"
	"sync"
	"time"
)

// slots bound the connections of all tenants of a binding. A connection without work keeps its slot, until another tenant
// needs it: then it is closed.
type slots struct {
	reclaim func(idle int) // closes connections without work

	once    sync.Once
	free    chan struct{}
	mu      sync.Mutex
	waiting int
}

// take takes a slot of a pool, and waits for it until ctx ends.
func (s *slots) take(ctx context.Context, pool Pool) error {
	s.once.Do(func() {
		s.free = make(chan struct{}, pool.MaxOpen)
		for range pool.MaxOpen {
			s.free <- struct{}{}
		}
	})
	select {
	case <-s.free:
		return nil
	default:
	}
	s.wait(1)
	defer s.wait(-1)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		s.reclaim(pool.MaxIdle)
		select {
		case <-s.free:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C: // one may have been kept just before it was wanted
		}
	}
}

func (s *slots) wait(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += n
}

// wanted reports whether somebody waits: then a connection that has done its work is not kept.
func (s *slots) wanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting > 0
}

// give gives a slot back.
func (s *slots) give() { s.free <- struct{}{} }
