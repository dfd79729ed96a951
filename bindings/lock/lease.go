package lock

import (
	"context"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Lease is a lock that is held.
type Lease struct {
	locks *locks
	grant Grant
	ttl   time.Duration

	ctx    context.Context
	cancel context.CancelCauseFunc
	lost   chan struct{}  // closed when the lease is lost
	over   chan struct{}  // closed when it is lost or unlocked
	beat   sync.WaitGroup // the heartbeat

	calls sync.Mutex // one call of grant at a time

	mu    sync.Mutex
	state state
	timer *time.Timer // of the end of the lease
	end   time.Time
}

// state is what has become of a lease.
type state int

const (
	held state = iota
	lost
	unlocked
)

func newLease(ctx context.Context, l *locks, grant Grant, how *leasing, start time.Time) *Lease {
	lease := &Lease{locks: l, grant: grant, ttl: how.ttl, lost: make(chan struct{}), over: make(chan struct{}), end: start.Add(how.ttl)}
	lease.ctx, lease.cancel = context.WithCancelCause(ctx)
	lease.mu.Lock()
	lease.timer = time.AfterFunc(time.Until(lease.end), lease.expire)
	lease.mu.Unlock()
	if !how.manual {
		lease.beat.Go(func() { lease.heartbeat(context.WithoutCancel(ctx)) })
	}
	return lease
}

// Token returns the fencing token.
func (l *Lease) Token() Token { return l.grant.Token() }

// Context returns a context that ends when the lease does, lost or unlocked, or when the context
// ends in which the lock was taken. The cause of a loss has the code FailedPrecondition.
func (l *Lease) Context() context.Context { return l.ctx }

// Lost returns a channel that is closed when the lease is lost. Unlock does not close it.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Held reports whether the lease is neither lost nor unlocked. That may change at any moment.
func (l *Lease) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state == held && time.Now().Before(l.end)
}

var errLost = bindings.Errorf(bindings.FailedPrecondition, "the lease is lost: somebody else may hold the lock")

// lose marks a lease that is held as lost.
func (l *Lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != held {
		return
	}
	l.state = lost
	l.timer.Stop()
	close(l.lost)
	close(l.over)
	l.cancel(errLost)
	l.locks.forget(l)
}

// expire loses the lease when its time is over, unless it was renewed meanwhile.
func (l *Lease) expire() {
	l.mu.Lock()
	left := time.Until(l.end)
	if left > 0 && l.state == held {
		l.timer.Reset(left)
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	l.lose()
}

// heartbeat renews the lease until it is over. A renewal that fails for another reason than the
// lease's end is soon tried again, as one in time is all that it takes.
func (l *Lease) heartbeat(ctx context.Context) {
	next := time.NewTimer(l.ttl / 3)
	defer next.Stop()
	for {
		select {
		case <-l.over:
			return
		case <-next.C:
		}
		if err := l.Renew(ctx); err != nil {
			next.Reset(l.ttl / 20)
		} else {
			next.Reset(l.ttl / 3)
		}
	}
}

// Renew extends the lease to its time to live from now. The error is FailedPrecondition if the
// lease is lost or unlocked; after any other error the lease lasts as long as before.
func (l *Lease) Renew(ctx context.Context) error {
	c, err := l.locks.access.Begin(ctx, "renew")
	if err != nil {
		return err
	}
	defer c.Unwind()
	return c.End(l.renew(c.Ctx))
}

func (l *Lease) renew(ctx context.Context) error {
	l.calls.Lock()
	defer l.calls.Unlock()
	select {
	case <-l.over:
		return errLost
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, l.ttl/4) // an answer that is lost must leave time for another try
	defer cancel()
	start := time.Now()
	err := l.grant.Renew(ctx, l.ttl)
	switch {
	case bindings.Code(err) == bindings.FailedPrecondition:
		l.lose()
		return errLost
	case err != nil:
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != held { // the holder knows already
		return errLost
	}
	l.end = start.Add(l.ttl)
	l.timer.Reset(time.Until(l.end))
	return nil
}

// unlockTime bounds how long giving a lock back takes.
const unlockTime = 5 * time.Second

// Unlock gives the lock back, even if ctx has ended. Its error is FailedPrecondition if the lease
// was lost before: somebody else may have worked at the same time. A second Unlock does nothing.
func (l *Lease) Unlock(ctx context.Context) error {
	l.mu.Lock()
	before := l.state
	if before == held {
		l.state = unlocked
		close(l.over)
		l.timer.Stop()
	}
	l.mu.Unlock()
	if before == unlocked {
		return nil
	}
	l.cancel(context.Canceled)
	defer l.beat.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
	defer cancel()
	c, err := l.locks.access.Begin(ctx, "unlock")
	if err != nil {
		return err
	}
	defer c.Unwind()
	l.calls.Lock()
	defer l.calls.Unlock()
	l.locks.forget(l)
	err = l.grant.Release(c.Ctx) // of a lost lease, too: it may have been renewed too late for us to know
	if before == lost || bindings.Code(err) == bindings.FailedPrecondition {
		err = errLost
	}
	return c.End(err)
}
