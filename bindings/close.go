package bindings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// Stage is a step of closing a platform. Stages come one after the other, in this order.
type Stage int

// The stages. The last two need no hook, because [Platform.Close] does them.
const (
	StageConsume Stage = iota // stop taking new work: consumers pause, servers stop listening; what is taken keeps its heartbeat
	StageFinish               // wait for running work, and commit it
	StagePublish              // flush what is still to be sent
	StageStores               // running operations end, and no more begin; then connections are closed
)

// hook is something to do at a stage.
type hook struct {
	stage Stage
	name  string
	do    func(context.Context) error
}

// OnClose adds a function to call at a stage of [Platform.Close]. Functions of StageConsume are
// called one after the other, the last one added first; those of a later stage all at the same
// time, so that one which takes long leaves the others their time. A function that is added while
// Close goes through the stages is called as soon as the running ones return. One that is added
// after the stages is called at once, by OnClose itself, with Close's context.
func (p *Platform) OnClose(stage Stage, name string, do func(context.Context) error) {
	h := hook{stage, name, do}
	p.mu.Lock()
	ctx := p.ending
	if ctx == nil {
		p.hooks = append(p.hooks, h)
	}
	p.mu.Unlock()
	if ctx == nil {
		return
	}
	if err := h.run(ctx); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.late = append(p.late, err) // Close returns it, if it has not returned
	}
}

func (h hook) run(ctx context.Context) error {
	if err := h.do(ctx); err != nil {
		return fmt.Errorf("close %s: %w", h.name, err)
	}
	return nil
}

// nextHooks takes the hooks that are next: those of the earliest stage, the last one added first.
// After the last hook it returns none, and ctx is what hooks get that are added from now on.
func (p *Platform) nextHooks(ctx context.Context) []hook {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hooks) == 0 {
		p.ending = ctx
		return nil
	}
	stage := slices.MinFunc(p.hooks, func(a, b hook) int { return cmp.Compare(a.stage, b.stage) }).stage
	var next, rest []hook
	for _, h := range p.hooks {
		if h.stage == stage {
			next = append(next, h)
		} else {
			rest = append(rest, h)
		}
	}
	p.hooks = rest
	slices.Reverse(next)
	return next
}

// Close drains and closes the platform: the hooks stage by stage, then watches end and no more
// operations begin, running ones end, and the connections are closed. It does all of this even if
// something fails, and returns everything that failed.
//
// Close ends when the time of ctx is over, whatever hooks and handlers do: it names those that it
// leaves behind. Contexts of the first two stages end when three quarters of that time are over, so
// that what comes after them has its share. If ctx is canceled, or its time is over already, what
// heeds it has another second. A second Close does nothing.
func (p *Platform) Close(ctx context.Context) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.mu.Unlock()

	g := newGrace(ctx)
	defer g.cancel()
	errs := []error{p.unstarted()}
	for hooks := p.nextHooks(ctx); len(hooks) > 0; hooks = p.nextHooks(ctx) {
		errs = append(errs, g.runHooks(hooks))
	}
	p.shut()
	errs = append(errs, p.finishOperations(g.flush), p.closeConns(g))
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(append(errs, p.late...)...)
}

// finishOperations lets no more operations begin, and waits for those under way.
func (p *Platform) finishOperations(ctx context.Context) error {
	left := p.gate.shut()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-left: // there was nothing to wait for
		return nil
	default:
		return fmt.Errorf("wait for operations under way: %w", context.Cause(ctx))
	}
}

// closeConns closes the connections, all at the same time.
func (p *Platform) closeConns(g *grace) error {
	p.mu.Lock()
	conns := slices.Clone(p.conns)
	p.mu.Unlock()
	var jobs []job
	for _, c := range slices.Backward(conns) {
		jobs = append(jobs, job{"close " + c.binding, func() error { return Failed("close", c.binding, c.conn.Close(g.close)) }})
	}
	return await(g.end, jobs...)
}

// Run starts the platform and runs a service on it until the service returns, or the process gets
// SIGTERM or an interrupt, which cancels the service's context. Then it closes the platform within
// grace. A second signal ends the process at once, as without Run. It returns what failed; it is
// not a failure if the service returns the error of its canceled context.
func Run(ctx context.Context, p *Platform, grace time.Duration, service func(context.Context) error) error {
	running, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(running, stop) // gives later signals their usual effect
	err := p.Start(running)
	if err == nil {
		err = service(running)
	}
	if running.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return errors.Join(err, p.Close(closing))
}
