package bindings

import (
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

// OnClose adds a function to call at a stage of [Platform.Close]. Within a stage the last one added
// is called first. A function that is added while Close goes through the stages is called as soon
// as the running one returns. One that is added after the stages is called at once, by OnClose
// itself, with Close's context.
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

// nextHook takes the hook that is next: of the earliest stage, the last one added. After the last
// hook it returns false, and ctx is what hooks get that are added from now on.
func (p *Platform) nextHook(ctx context.Context) (hook, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hooks) == 0 {
		p.ending = ctx
		return hook{}, false
	}
	next := len(p.hooks) - 1
	for i, h := range slices.Backward(p.hooks) {
		if h.stage < p.hooks[next].stage {
			next = i
		}
	}
	h := p.hooks[next]
	p.hooks = slices.Delete(p.hooks, next, next+1)
	return h, true
}

// Close drains and closes the platform: the hooks stage by stage, then watches end and no more
// operations begin, running ones end, and the connections are closed in the reverse of the order in
// which they were opened. It does all of this even if something fails or ctx ends, and returns
// everything that failed. A second Close does nothing.
func (p *Platform) Close(ctx context.Context) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.mu.Unlock()

	errs := []error{p.unstarted()}
	for h, more := p.nextHook(ctx); more; h, more = p.nextHook(ctx) {
		errs = append(errs, h.run(ctx))
	}
	p.shut()
	left := p.gate.shut()
	select {
	case <-left:
	case <-ctx.Done():
		select {
		case <-left: // there was nothing to wait for
		default:
			errs = append(errs, fmt.Errorf("wait for operations under way: %w", context.Cause(ctx)))
		}
	}
	errs = append(errs, p.closeConns(ctx))
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(append(errs, p.late...)...)
}

// closeConns closes the connections, the last one first.
func (p *Platform) closeConns(ctx context.Context) error {
	var errs []error
	for _, c := range slices.Backward(p.conns) {
		if err := c.conn.Close(ctx); err != nil {
			errs = append(errs, Failed("close", c.binding, err))
		}
	}
	return errors.Join(errs...)
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
