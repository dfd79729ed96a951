package topic

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Subscription is a running subscriber of a group. The platform's Close pauses and drains it.
type Subscription struct {
	name    string // of the binding
	group   string
	options *subscribing
	source  Source
	watch   *client
	handle  func(Received)

	handling context.Context // of all handlers
	abandon  context.CancelCauseFunc

	// A worker that waits for a message holds gate for reading, so that pausing can wait until none
	// does.
	gate    sync.RWMutex
	mu      sync.Mutex
	taking  context.Context // of Next
	stop    context.CancelFunc
	paused  chan struct{} // closed to resume; nil unless paused
	drained bool
	lastErr error // nil if messages can be taken
	reports bool  // the source reports how its looks go

	done chan struct{} // closed when all workers have ended
}

// Subscribe starts to handle the messages of a group, and returns when the group exists. When ctx
// ends the subscription is paused. Handlers continue: their contexts have the values of ctx but do
// not end with it.
func (o Of[T]) Subscribe(ctx context.Context, group string, handle func(context.Context, T) error,
	options ...SubscribeOption) (*Subscription, error) {
	c, err := o.begin(ctx, "subscribe")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	s, err := newSubscribing(options)
	if err == nil {
		err = checkGroup(group)
	}
	if err != nil {
		return nil, c.End(err)
	}
	name := o.access.Name()
	sub := &Subscription{name: name, group: group, options: s, watch: o.watch, done: make(chan struct{})}
	sub.source, err = c.Store.Subscribe(c.Ctx, Group{Name: group, Lease: s.lease, FromNow: s.fromNow, Looked: sub.looked})
	if err != nil {
		return nil, c.End(err)
	}
	defer c.End(nil)
	sub.handling, sub.abandon = context.WithCancelCause(context.WithoutCancel(ctx))
	sub.taking, sub.stop = context.WithCancel(sub.handling)
	sub.handle = func(r Received) { process(sub, o.typed, handle, r) }
	remove := func() {}
	if o.link != nil {
		remove = o.link.Report(sub.failing)
	}
	sub.start(ctx, remove)
	if o.platform != nil {
		what := fmt.Sprintf("subscription of %s to %s", group, name)
		o.platform.OnClose(bindings.StageConsume, what, func(context.Context) error { sub.Pause(); return nil })
		o.platform.OnClose(bindings.StageFinish, what, sub.Drain)
	}
	return sub, nil
}

// Handle subscribes a handler to the topic that an environment binds to a logical name once the
// platform starts: see [bindings.Platform.Start]. What can be wrong before that is an error now.
func Handle[T any](ctx context.Context, p *bindings.Platform, name, group string, handle func(context.Context, T) error,
	options ...SubscribeOption) error {
	o, err := Open[T](ctx, p, name)
	if err == nil {
		err = bindings.Failed("subscribe", name, checkGroup(group))
	}
	if err == nil {
		_, err = newSubscribing(options)
		err = bindings.Failed("subscribe", name, err)
	}
	if err != nil {
		return err
	}
	return p.OnStart(ctx, fmt.Sprintf("subscription of %s to %s", group, name), func(ctx context.Context) error {
		_, err := o.Subscribe(ctx, group, handle, options...)
		return err
	})
}

// start starts the workers, and calls ended when they have ended.
func (s *Subscription) start(ctx context.Context, ended func()) {
	var workers sync.WaitGroup
	for range s.options.concurrency {
		workers.Go(s.work)
	}
	unwatch := context.AfterFunc(ctx, s.Pause)
	go func() {
		workers.Wait()
		unwatch()
		s.abandon(context.Canceled)
		ended()
		s.note(s.source.Close())
		close(s.done)
	}()
}

// work takes and handles messages until the subscription is drained.
func (s *Subscription) work() {
	wait := firstWait
	for {
		r, more, err := s.take()
		switch {
		case !more:
			return
		case err == nil && r.Lease != nil:
			s.handle(r)
			wait = firstWait
		case err != nil: // the server is away: it may come back
			select {
			case <-time.After(wait):
			case <-s.taken().Done():
			}
			wait = min(2*wait, lastWait)
		}
	}
}

// How long a worker waits after it could not take a message.
const (
	firstWait = 50 * time.Millisecond
	lastWait  = 5 * time.Second
)

// take waits for a message. It returns none if the subscription is paused meanwhile, and no more
// once it is drained.
func (s *Subscription) take() (r Received, more bool, err error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.mu.Lock()
	taking, paused, drained := s.taking, s.paused, s.drained
	s.mu.Unlock()
	if drained {
		return r, false, nil
	}
	if paused != nil {
		s.gate.RUnlock()
		<-paused
		s.gate.RLock()
		return r, true, nil
	}
	r, err = s.source.Next(taking)
	if err != nil && taking.Err() != nil {
		return r, true, nil
	}
	s.mu.Lock()
	reports := s.reports
	s.mu.Unlock()
	if !reports {
		s.note(err)
	}
	return r, true, err
}

// looked notes how a look of the source went.
func (s *Subscription) looked(err error) {
	s.mu.Lock()
	ended := s.taking != nil && s.taking.Err() != nil
	s.reports = true
	s.mu.Unlock()
	if err == nil || !ended { // of a pause nothing follows
		s.note(err)
	}
}

// taken returns the context of taking.
func (s *Subscription) taken() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taking
}

// note keeps what Err returns. A subscription that cannot receive is logged once, however often it
// tries, and each time is counted.
func (s *Subscription) note(err error) {
	s.mu.Lock()
	before := s.lastErr
	s.lastErr = bindings.Failed("subscribe", s.name, err)
	now := s.lastErr
	s.mu.Unlock()
	if now != nil {
		s.watch.failed(s.handling, s.group, now)
	}
	switch {
	case before == nil && now != nil:
		slog.Warn("a subscription cannot receive messages", "binding", s.name, "group", s.group, "error", now)
	case before != nil && now == nil:
		slog.Info("a subscription receives messages again", "binding", s.name, "group", s.group)
	}
}

// failing returns why a subscription that should receive messages cannot.
func (s *Subscription) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused != nil || s.drained {
		return nil
	}
	return s.lastErr
}

// Err returns the reason why messages cannot be taken now, nil if they can. The subscription keeps
// trying, and until then the binding is not healthy.
func (s *Subscription) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastErr
}

// Done returns a channel that is closed when the subscription is drained.
func (s *Subscription) Done() <-chan struct{} { return s.done }

// Pause stops taking messages. Those that were taken before it returns are handled, and keep their
// leases.
func (s *Subscription) Pause() {
	s.mu.Lock()
	if s.paused == nil && !s.drained {
		s.paused = make(chan struct{})
	}
	s.stop()
	s.mu.Unlock()
	s.gate.Lock() // waits for those that are about to have a message
	defer s.gate.Unlock()
}

// Resume ends a pause.
func (s *Subscription) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused == nil || s.drained {
		return
	}
	s.taking, s.stop = context.WithCancel(s.handling)
	close(s.paused)
	s.paused = nil
}

// Drain ends the subscription: no more messages are taken, and it waits for the running handlers
// and their verdicts. If ctx ends first it cancels the contexts of the handlers, whose messages
// will be delivered again, and fails.
func (s *Subscription) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.drained = true
	s.stop()
	if s.paused != nil {
		close(s.paused)
		s.paused = nil
	}
	s.mu.Unlock()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.abandon(errAbandoned)
	select {
	case <-s.done:
		return nil
	case <-time.After(settleTime): // the handlers do not heed their contexts
		return bindings.Failed("drain", s.name, ctx.Err())
	}
}

var errAbandoned = fmt.Errorf("the subscription was to end before its handler did: %w", context.Canceled)
