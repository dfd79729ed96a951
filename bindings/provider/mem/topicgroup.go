package mem

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// topicGroup is what a group has not done yet, and what it has given up.
type topicGroup struct {
	waiting []*delivery // in the order of publishing
	dead    []topic.Dead
	letters int // so far

	subscribers int // sources that are open
}

// delivery is a message on its way to one group.
type delivery struct {
	*published
	due   time.Time // when it may be delivered next: it is not before, or is leased until then
	count int
	twice bool // it was acked once, and is delivered again: a fault
}

func (g *topicGroup) add(p *published) {
	g.waiting = append(g.waiting, &delivery{published: p, due: p.due})
}

// redeliver lets a dead letter be delivered again, and reports whether there is one.
func (g *topicGroup) redeliver(letter string, now time.Time) bool {
	i := slices.IndexFunc(g.dead, func(d topic.Dead) bool { return d.Letter == letter })
	if i < 0 {
		return false
	}
	g.add(&published{g.dead[i].Message, g.dead[i].Published, now})
	g.dead = slices.Delete(g.dead, i, i+1)
	return true
}

// ready returns the deliveries that may be made now, of each key the first at most, and when the
// next one will be due.
func (g *topicGroup) ready(now time.Time) (ready []*delivery, next time.Time) {
	blocked := map[string]bool{}
	for _, d := range g.waiting {
		late := d.due.After(now)
		if late && (next.IsZero() || d.due.Before(next)) {
			next = d.due
		}
		if late && d.count == 0 { // delayed: it has no place in the order yet
			continue
		}
		if !late && !blocked[d.Key] {
			ready = append(ready, d)
		}
		if d.Key != "" {
			blocked[d.Key] = true
		}
	}
	return ready, next
}

// source is the messages of a group for one subscriber.
type source struct {
	store *topicStore
	group *topicGroup
	lease time.Duration
}

// Next implements [topic.Source].
func (s *source) Next(ctx context.Context) (topic.Received, error) {
	for {
		if err := ctx.Err(); err != nil {
			return topic.Received{}, err
		}
		r, changed, next := s.take()
		if r.Lease != nil {
			return r, nil
		}
		if err := wait(ctx, changed, next); err != nil {
			return topic.Received{}, err
		}
	}
}

// wait waits for a change, for a time unless it is zero, or for the end of ctx.
func wait(ctx context.Context, changed <-chan struct{}, next time.Time) error {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-due:
	}
	return nil
}

// take leases a message. If there is none it returns what to wait for.
func (s *source) take() (r topic.Received, changed <-chan struct{}, next time.Time) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	now := time.Now()
	ready, next := s.group.ready(now)
	if len(ready) == 0 {
		return r, s.store.changed, next
	}
	d := ready[s.store.faults.pick(len(ready))]
	d.count++
	d.due = now.Add(s.lease)
	m := d.Message
	m.Data = slices.Clone(m.Data)
	return topic.Received{Message: m, Published: d.at, Deliveries: d.count, Lease: &lease{s, d, d.count}}, nil, next
}

// pick returns which of n messages comes next: the first unless that is to go wrong. f may be nil.
func (f *faults) pick(n int) int {
	if f == nil || f.reordering == 0 {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.Float64() >= f.reordering {
		return 0
	}
	return f.random.IntN(n)
}

// Close implements [topic.Source].
func (s *source) Close() error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.group.subscribers--
	s.store.wake()
	return nil
}

// lease is a message that was delivered.
type lease struct {
	source   *source
	delivery *delivery
	count    int // of this delivery; another one means that the lease is lost
}

// settle does something with the delivery if its lease is not lost.
func (l *lease) settle(ctx context.Context, do func(g *topicGroup, d *delivery)) error {
	_, err := around(ctx, l.source.store.faults, func() (none, error) {
		store := l.source.store
		store.mu.Lock()
		defer store.mu.Unlock()
		if l.delivery.count != l.count || !slices.Contains(l.source.group.waiting, l.delivery) {
			return none{}, errLeaseLost
		}
		do(l.source.group, l.delivery)
		store.wake()
		return none{}, nil
	})
	return err
}

var errLeaseLost = bindings.Errorf(bindings.FailedPrecondition, "the lease is lost")

func (g *topicGroup) remove(d *delivery) {
	g.waiting = slices.DeleteFunc(g.waiting, func(other *delivery) bool { return other == d })
}

// Extend implements [topic.Delivered].
func (l *lease) Extend(ctx context.Context) error {
	return l.settle(ctx, func(_ *topicGroup, d *delivery) { d.due = time.Now().Add(l.source.lease) })
}

// Ack implements [topic.Delivered].
func (l *lease) Ack(ctx context.Context) error {
	return l.settle(ctx, func(g *topicGroup, d *delivery) {
		if f := l.source.store.faults; f != nil && !d.twice && f.draw().double {
			d.twice, d.due = true, time.Now()
			return
		}
		g.remove(d)
	})
}

// Retry implements [topic.Delivered].
func (l *lease) Retry(ctx context.Context, after time.Duration) error {
	return l.settle(ctx, func(_ *topicGroup, d *delivery) { d.due = time.Now().Add(after) })
}

// Bury implements [topic.Delivered].
func (l *lease) Bury(ctx context.Context, reason string) error {
	return l.settle(ctx, func(g *topicGroup, d *delivery) {
		g.remove(d)
		g.letters++
		g.dead = append(g.dead, topic.Dead{Message: d.Message, Letter: fmt.Sprintf("%012d", g.letters), Reason: reason,
			Published: d.at, Died: time.Now(), Deliveries: d.count})
	})
}
