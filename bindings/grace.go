package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// grace divides the time of Close among what it does. Close waits for nothing beyond its
// share, since what hangs may heed no context: it is left behind, and named.
type grace struct {
	drain   context.Context // of the first two stages; ends early enough for what comes after them
	drained context.Context // ends when nobody waits for those two any longer
	flush   context.Context // of the later stages and of operations under way
	flushed context.Context // ends when nobody waits for those
	close   context.Context // of connections: that of Close
	end     context.Context // ends when nobody waits for anything

	cancels []context.CancelFunc
}

// lastMoment is for what heeds a context to end after the context has.
const lastMoment = time.Second

// newGrace divides the time of ctx. Where ctx has no deadline there is nothing to divide, and where
// it has ended, or ends before its deadline, everybody has a last moment.
func newGrace(ctx context.Context) *grace {
	g := &grace{close: ctx}
	deadline, limited := ctx.Deadline()
	whole := time.Until(deadline)
	limited = limited && whole > 0 && ctx.Err() == nil
	within := func(parent context.Context, part time.Duration) context.Context {
		if !limited {
			return parent
		}
		ctx, cancel := context.WithDeadline(parent, deadline.Add(-whole+part))
		g.cancels = append(g.cancels, cancel)
		return ctx
	}
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g.cancels = append(g.cancels, cancel)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(lastMoment, cancel)
		context.AfterFunc(waiting, func() { timer.Stop() })
	})
	g.cancels = append(g.cancels, func() { stop() })
	g.drain = within(ctx, whole/4*3)
	g.drained = within(waiting, whole/8*7)
	g.flush = within(ctx, whole/16*15)
	g.flushed = within(waiting, whole/32*31)
	g.end = within(waiting, whole)
	return g
}

// cancel frees what the contexts hold.
func (g *grace) cancel() {
	for _, cancel := range g.cancels {
		cancel()
	}
}

// runHooks runs the hooks of one stage.
func (g *grace) runHooks(hooks []hook) error {
	ctx, until := g.drain, g.drained
	if hooks[0].stage > StageFinish {
		ctx, until = g.flush, g.flushed
	}
	var jobs []job
	for _, h := range hooks {
		jobs = append(jobs, job{"close " + h.name, func() error { return h.run(ctx) }})
	}
	if hooks[0].stage != StageConsume {
		return await(until, jobs...)
	}
	var errs []error
	for _, j := range jobs {
		errs = append(errs, await(until, j))
	}
	return errors.Join(errs...)
}

// job is something that Close does and may not get done.
type job struct {
	name string
	do   func() error
}

// await does jobs at the same time and waits for them until a context ends. It returns what failed,
// in the jobs' order, and names those that have not ended.
func await(until context.Context, jobs ...job) error {
	results := make([]chan error, len(jobs))
	for i, j := range jobs {
		results[i] = make(chan error, 1)
		go func() { results[i] <- j.do() }()
	}
	errs := make([]error, len(jobs))
	for i, j := range jobs {
		select {
		case errs[i] = <-results[i]:
			continue
		case <-until.Done():
		}
		select {
		case errs[i] = <-results[i]:
		default:
			errs[i] = fmt.Errorf("%s: %w, and is left behind", j.name, errNotEnded)
		}
	}
	return errors.Join(errs...)
}

// errNotEnded is the reason of what Close has left behind.
var errNotEnded = &Error{Code: DeadlineExceeded, Err: errors.New("it has not ended in time")}
