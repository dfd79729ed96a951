package harness

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Crowd is callers of a function, each on a goroutine of its own, whose works wait until they are let go. It belongs to one
// bubble.
type Crowd struct {
	t        *testing.T
	call     func(context.Context, Work) error
	gate     chan struct{}
	results  chan error
	callers  int
	Running  atomic.Int32 // works that have begun and not ended
	Begun    atomic.Int32 // works that have begun
	Greatest atomic.Int32 // works at a time
}

// NewCrowd returns a crowd without callers.
func NewCrowd(t *testing.T, call func(context.Context, Work) error) *Crowd {
	return &Crowd{t: t, call: call, gate: make(chan struct{}), results: make(chan error, 10000)}
}

// Enter has callers call the function, one after the other, and returns when each works, waits or has its result.
func (c *Crowd) Enter(callers int) { c.EnterContext(c.t.Context(), callers) }

// EnterContext is Enter with a context.
func (c *Crowd) EnterContext(ctx context.Context, callers int) {
	for range callers {
		c.callers++
		go func() { c.results <- c.call(ctx, c.Work) }()
		synctest.Wait()
	}
}

// Work is what the callers have done: it waits for its turn to end.
func (c *Crowd) Work(context.Context) error {
	c.Begun.Add(1)
	for now, greatest := c.Running.Add(1), c.Greatest.Load(); now > greatest; greatest = c.Greatest.Load() {
		c.Greatest.CompareAndSwap(greatest, now)
	}
	<-c.gate
	c.Running.Add(-1)
	return nil
}

// Let lets one work end.
func (c *Crowd) Let() {
	c.gate <- struct{}{}
	synctest.Wait()
}

// LetAll lets all works end, those that have not begun as well.
func (c *Crowd) LetAll() {
	close(c.gate)
	synctest.Wait()
}

// LetAllNow is LetAll for a function of a timer, which may not wait for the bubble.
func (c *Crowd) LetAllNow() { close(c.gate) }

// Results returns the errors of the callers that have got theirs, in the order of their ends; nil for success.
func (c *Crowd) Results() []error {
	synctest.Wait()
	var list []error
	for len(c.results) > 0 {
		list = append(list, <-c.results)
		c.callers--
	}
	return list
}

// AllOK checks that all callers have succeeded.
func (c *Crowd) AllOK() {
	c.t.Helper()
	missing := c.callers
	for _, err := range c.Results() {
		OK(c.t, err)
		missing--
	}
	Equal(c.t, "callers without a result", missing, 0)
}
