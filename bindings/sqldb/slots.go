package sqldb

import (
	"context"
	"sync"
	"time"
)

// slots bound the connections of all tenants of a binding. A connection without work keeps its
// slot, until another tenant needs it: then it is closed.
type slots struct {
	reclaim func(idle int) // closes connections without work

	once sync.Once
	free chan struct{}
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
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		s.reclaim(pool.MaxIdle)
		select {
		case <-s.free:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C: // another may have done its work
		}
	}
}

// give gives a slot back.
func (s *slots) give() { s.free <- struct{}{} }
