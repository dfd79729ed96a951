package sqlite

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// queue lets the writers of this process write one after the other, in the order in which they
// came. SQLite itself has no order: whoever finds the file locked sleeps and tries again, so that
// some of many writers wait until they give up.
type queue chan struct{}

func newQueue() queue { return make(queue, 1) }

// longestWait bounds how long a writer waits, as busy_timeout does for writers of other processes.
const longestWait = 10 * time.Second

// enter waits until it is the caller's turn, which must end with leave.
func (q queue) enter(ctx context.Context) error {
	select {
	case q <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case q <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return bindings.Errorf(bindings.Unavailable, "other writers took more than %v", longestWait)
	}
}

func (q queue) leave() { <-q }
