package topictest

import (
	"context"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// frozen is a store whose subscribers give no sign of life and no verdict, as those of a process
// that has stopped.
type frozen struct{ topic.Store }

func freeze(s topic.Store) topic.Store { return &frozen{s} }

func (f *frozen) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	s, err := f.Store.Subscribe(ctx, g)
	return &frozenSource{s}, err
}

type frozenSource struct{ topic.Source }

func (f *frozenSource) Next(ctx context.Context) (topic.Received, error) {
	r, err := f.Source.Next(ctx)
	if err == nil {
		r.Lease = &silent{r.Lease}
	}
	return r, err
}

// silent is a lease that is never extended, and settled only if somebody else does.
type silent struct{ real topic.Delivered }

func (*silent) Extend(context.Context) error               { return nil }
func (*silent) Ack(context.Context) error                  { return nil }
func (*silent) Retry(context.Context, time.Duration) error { return nil }
func (*silent) Bury(context.Context, string) error         { return nil }

var leaseCases = []testCase{
	{"a slow handler keeps its message", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		in := &inbox{verdict: func(context.Context, string, int) error { time.Sleep(3500 * time.Millisecond); return nil }}
		subscribe(t, o, in, topic.Lease(time.Second), topic.Concurrency(2))
		subscribe(t, o, in, topic.Lease(time.Second))
		publish(t, o, "a")
		in.waits(t, 1)
		time.Sleep(3500 * time.Millisecond)
		in.has(t, "a")
	}},
	{"the message of a silent subscriber is delivered to another", func(t *testing.T, f *fixture) {
		dead, in := &inbox{}, &inbox{}
		s := subscribe(t, f.topic(t, messages, topic.Wrap(freeze)), dead, topic.Lease(time.Second))
		o := f.topic(t, messages)
		start := time.Now()
		publish(t, o, "a")
		dead.waits(t, 1)
		drain(t, s)
		subscribe(t, o, in, topic.Lease(time.Second))
		in.has(t, "a")
		if in.deliveries[0].Count != 2 {
			t.Errorf("it is delivery %d, want 2", in.deliveries[0].Count)
		}
		if after := in.times[0].Sub(start); after < 900*time.Millisecond {
			t.Errorf("it was taken from its subscriber after %v, before the lease was over", after)
		}
	}},
	{"a key waits for a silent subscriber's lease", ordered(func(t *testing.T, f *fixture) {
		dead, in := &inbox{}, &inbox{}
		s := subscribe(t, f.topic(t, messages, topic.Wrap(freeze)), dead, topic.Lease(time.Second))
		o := f.topic(t, messages)
		publish(t, o, "a", topic.Key("k"))
		dead.waits(t, 1)
		drain(t, s)
		subscribe(t, o, in, topic.Lease(time.Second))
		publish(t, o, "b", topic.Key("k"))
		in.has(t, "a", "b")
		if got := in.all(); got[0] != "a" {
			t.Errorf("messages are %q", got)
		}
	})},
	{"a lease that is known to be lost cancels its handler", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages, topic.Wrap(func(s topic.Store) topic.Store { return &losingStore{s} }))
		cause := make(chan error, 1)
		in := &inbox{verdict: func(ctx context.Context, _ string, count int) error {
			if count == 1 {
				select {
				case <-ctx.Done():
				case <-time.After(patience):
				}
				cause <- context.Cause(ctx)
			}
			return nil
		}}
		subscribe(t, o, in, topic.Lease(time.Second))
		publish(t, o, "a")
		code(t, "cause", <-cause, bindings.FailedPrecondition)
	}},
}

// losingStore is a store whose leases are lost when they are extended.
type losingStore struct{ topic.Store }

func (l *losingStore) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	s, err := l.Store.Subscribe(ctx, g)
	return &losingSource{s}, err
}

type losingSource struct{ topic.Source }

func (l *losingSource) Next(ctx context.Context) (topic.Received, error) {
	r, err := l.Source.Next(ctx)
	if err == nil {
		r.Lease = &lost{r.Lease}
	}
	return r, err
}

type lost struct{ topic.Delivered }

func (*lost) Extend(context.Context) error { return bindings.FailedPrecondition }

var pauseCases = []testCase{
	{"a paused subscription takes nothing", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		s := subscribe(t, o, in, topic.Concurrency(3))
		publish(t, o, "a")
		in.has(t, "a")
		s.Pause()
		s.Pause()
		publish(t, o, "b")
		in.has(t, "a")
		s.Resume()
		s.Resume()
		in.has(t, "a", "b")
	}},
	{"a paused subscription keeps the messages in hand", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		free, release := held(t)
		in := &inbox{verdict: func(context.Context, string, int) error { <-free; return nil }}
		s := subscribe(t, o, in, topic.Lease(time.Second))
		publish(t, o, "a")
		in.waits(t, 1)
		s.Pause()
		subscribe(t, o, in, topic.Lease(time.Second))
		time.Sleep(2500 * time.Millisecond)
		release()
		in.has(t, "a")
	}},
	{"draining waits for what is in hand", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		done := make(chan struct{})
		in := &inbox{verdict: func(ctx context.Context, _ string, _ int) error {
			time.Sleep(500 * time.Millisecond)
			close(done)
			return ctx.Err()
		}}
		s := subscribe(t, o, in)
		publish(t, o, "a")
		in.waits(t, 1)
		drain(t, s)
		select {
		case <-done:
		default:
			t.Error("drain must wait for the handler")
		}
		select {
		case <-s.Done():
		default:
			t.Error("a drained subscription must be done")
		}
		publish(t, o, "b")
		after := &inbox{}
		subscribe(t, o, after)
		after.has(t, "b")
		in.has(t, "a")
	}},
	{"draining a paused subscription ends it", func(t *testing.T, f *fixture) {
		s := subscribe(t, f.topic(t, messages), &inbox{}, topic.Concurrency(2))
		s.Pause()
		drain(t, s)
		drain(t, s)
		s.Pause()
		s.Resume()
	}},
	{"draining out of time gives messages back", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		in := &inbox{verdict: func(ctx context.Context, _ string, count int) error {
			if count == 1 {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			return nil
		}}
		s := subscribe(t, o, in, topic.Lease(time.Minute))
		publish(t, o, "a")
		in.waits(t, 1)
		ctx, cancel := context.WithTimeout(f.Ctx, 50*time.Millisecond)
		defer cancel()
		if err := s.Drain(ctx); err != nil {
			t.Fatalf("drain: %v, although the handler heeds its context", err)
		}
		start := time.Now()
		subscribe(t, o, in, topic.Lease(time.Minute))
		in.has(t, "a", "a")
		if after := time.Since(start); after > 10*time.Second {
			t.Errorf("it came back after %v, not at once", after)
		}
	}},
	{"the end of its context pauses a subscription and spares its handlers", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		free, release := held(t)
		in := &inbox{verdict: func(ctx context.Context, _ string, _ int) error { <-free; return ctx.Err() }}
		ctx, cancel := context.WithCancel(f.Ctx)
		defer cancel()
		s := subscribeAs(t, ctx, o, group, in)
		publish(t, o, "a")
		in.waits(t, 1)
		cancel()
		time.Sleep(moment)
		publish(t, o, "b")
		release()
		in.has(t, "a")
		drain(t, s)
		after := &inbox{}
		subscribe(t, o, after)
		after.has(t, "b")
	}},
	{"a canceled context publishes and subscribes nothing", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		code(t, "publish", o.Publish(ctx, "a"), bindings.Canceled)
		_, err := o.Subscribe(ctx, group, (&inbox{}).handle)
		code(t, "subscribe", err, bindings.Canceled)
		for _, err := range o.DeadLetters(ctx, group) {
			code(t, "dead letters", err, bindings.Canceled)
		}
		in := &inbox{}
		subscribe(t, o, in)
		in.has(t)
	}},
}
