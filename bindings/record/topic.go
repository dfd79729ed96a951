package record

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/topic"
)

// topicStore is a topic that is recorded. Trace contexts are not: they are another run's.
type topicStore struct {
	space
	inner topic.Store
}

// Abilities implements [topic.Store].
func (s *topicStore) Abilities() topic.Abilities { return s.inner.Abilities() }

// Publish implements [topic.Store].
func (s *topicStore) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	o := s.begin("publish", publishArgs(m, delay))
	err := s.inner.Publish(ctx, m, delay)
	o.end(result{}, err)
	return err
}

func publishArgs(m topic.Message, delay time.Duration) args {
	return args{Message: &message{ID: text(m.ID), Key: text(m.Key), Data: m.Data}, Delay: span(delay)}
}

// Subscribe implements [topic.Store].
func (s *topicStore) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	o := s.begin("subscribe", groupArgs(g))
	inner, err := s.inner.Subscribe(ctx, g)
	o.end(result{}, err)
	if err != nil {
		return nil, err
	}
	return &source{inner, s.space, o.Seq}, nil
}

func groupArgs(g topic.Group) args {
	return args{Group: text(g.Name), Lease: span(g.Lease), Now: g.FromNow}
}

// DeadLetters implements [topic.Store].
func (s *topicStore) DeadLetters(ctx context.Context, group, cursor string, limit int) (topic.DeadPage, error) {
	o := s.begin("dead letters", args{Group: text(group), Cursor: text(cursor), Limit: limit})
	page, err := s.inner.DeadLetters(ctx, group, cursor, limit)
	r := result{Cursor: text(page.Cursor)}
	for _, d := range page.Letters {
		r.Letters = append(r.Letters, letter{Letter: text(d.Letter), Reason: text(d.Reason), Count: d.Deliveries, Died: s.rec.time(d.Died),
			Message: message{text(d.ID), text(d.Key), d.Data, s.rec.time(d.Published)}})
	}
	o.end(r, err)
	return page, err
}

// RemoveDeadLetter implements [topic.Store].
func (s *topicStore) RemoveDeadLetter(ctx context.Context, group, id string) error {
	o := s.begin("remove dead letter", args{Group: text(group), Letter: text(id)})
	err := s.inner.RemoveDeadLetter(ctx, group, id)
	o.end(result{}, err)
	return err
}

// Redeliver implements [topic.Store].
func (s *topicStore) Redeliver(ctx context.Context, group, id string) error {
	o := s.begin("redeliver", args{Group: text(group), Letter: text(id)})
	err := s.inner.Redeliver(ctx, group, id)
	o.end(result{}, err)
	return err
}

// source is a subscription that is recorded: each delivery where it was made.
type source struct {
	topic.Source
	space        space
	subscription int // line
}

// Next implements [topic.Source]. That the wait ends with its context is not recorded.
func (s *source) Next(ctx context.Context) (topic.Received, error) {
	r, err := s.Source.Next(ctx)
	if err != nil && ctx.Err() != nil {
		return r, err
	}
	o := s.space.begin("delivery", args{Of: s.subscription})
	if err != nil {
		o.end(result{}, err)
		return r, err
	}
	o.end(result{Message: &message{text(r.ID), text(r.Key), r.Data, s.space.rec.time(r.Published)}, Count: r.Deliveries}, nil)
	r.Lease = &delivered{r.Lease, s.space, o.Seq}
	return r, nil
}

// delivered is a delivery whose verdict is recorded.
type delivered struct {
	inner    topic.Delivered
	space    space
	delivery int // line
}

// Extend implements [topic.Delivered].
func (d *delivered) Extend(ctx context.Context) error {
	return d.settle("extend", args{}, func() error { return d.inner.Extend(ctx) })
}

// Ack implements [topic.Delivered].
func (d *delivered) Ack(ctx context.Context) error {
	return d.settle("ack", args{}, func() error { return d.inner.Ack(ctx) })
}

// Retry implements [topic.Delivered].
func (d *delivered) Retry(ctx context.Context, after time.Duration) error {
	return d.settle("retry", args{Delay: span(after)}, func() error { return d.inner.Retry(ctx, after) })
}

// Bury implements [topic.Delivered].
func (d *delivered) Bury(ctx context.Context, reason string) error {
	return d.settle("bury", args{Reason: text(reason)}, func() error { return d.inner.Bury(ctx, reason) })
}

func (d *delivered) settle(op string, a args, do func() error) error {
	a.Delivery = d.delivery
	o := d.space.begin(op, a)
	err := do()
	o.end(result{}, err)
	return err
}
