package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// start is work that begins with the platform: a subscription, a registration.
type start struct {
	name string
	do   func(context.Context) error
}

// OnStart adds work that begins when the platform starts, or at once if it has started: taking work
// from others, which must not begin before the service is complete. Ending it is the task of hooks
// that OnClose adds.
func (p *Platform) OnStart(ctx context.Context, name string, do func(context.Context) error) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return fmt.Errorf("start %s: %w", name, errClosed)
	}
	if !p.started {
		p.starts = append(p.starts, start{name, do})
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	return started(ctx, start{name, do})
}

// CheckStart adds a condition without which the platform does not start. It is checked before any
// work begins, and ignored if the platform has started already. Unlike work, a condition is not
// reported as undone if the platform is never started.
func (p *Platform) CheckStart(name string, check func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checks = append(p.checks, start{name, check})
}

// check looks at all conditions, unless the platform has started, and returns the failures of all
// that do not hold.
func (p *Platform) check(ctx context.Context) error {
	p.mu.Lock()
	checks := slices.Clone(p.checks)
	if p.started {
		checks = nil
	}
	p.mu.Unlock()
	var errs []error
	for _, c := range checks {
		errs = append(errs, started(ctx, c))
	}
	err := errors.Join(errs...)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = err != nil
	return err
}

// Start looks at the conditions of [Platform.CheckStart], then begins what was added by
// [Platform.OnStart], in that order. It stops at the first that fails, and what was begun ends with
// Close. [Run] calls it; a second Start begins what has not begun.
func (p *Platform) Start(ctx context.Context) error {
	if err := p.check(ctx); err != nil {
		return err
	}
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return fmt.Errorf("start platform: %w", errClosed)
		}
		p.started = true
		if len(p.starts) == 0 {
			p.running = true
			p.mu.Unlock()
			return nil
		}
		next := p.starts[0]
		p.starts = slices.Delete(p.starts, 0, 1)
		p.mu.Unlock()
		if err := started(ctx, next); err != nil {
			return err
		}
	}
}

// Running returns nil from when [Platform.Start] has begun everything until [Platform.Close]
// begins, and otherwise the reason why the platform must not be given work. It is for load
// balancers.
func (p *Platform) Running() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return &Error{Code: Unavailable, Err: errors.New("the platform is closing")}
	case !p.running:
		return &Error{Code: Unavailable, Err: errors.New("the platform has not started")}
	}
	return nil
}

func started(ctx context.Context, s start) error {
	if err := s.do(ctx); err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	return nil
}

// unstarted returns an error that names what was to begin and never did, because nobody started the
// platform.
func (p *Platform) unstarted() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.starts) == 0 || p.started || p.refused {
		return nil
	}
	var names []string
	for _, s := range p.starts {
		names = append(names, s.name)
	}
	return errors.New("the platform was never started, so these never began: " + strings.Join(names, ", ") + ": call Start, or Run")
}
