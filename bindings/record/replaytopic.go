package record

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/topic"
)

// topicReplay answers as a recorded topic did.
type topicReplay struct {
	replayStore
	abilities topic.Abilities
}

// Abilities implements [topic.Store].
func (s *topicReplay) Abilities() topic.Abilities { return s.abilities }

// Publish implements [topic.Store].
func (s *topicReplay) Publish(_ context.Context, m topic.Message, delay time.Duration) error {
	return s.do("publish", publishArgs(m, delay))
}

// Subscribe implements [topic.Store].
func (s *topicReplay) Subscribe(_ context.Context, g topic.Group) (topic.Source, error) {
	r, err := s.ask("subscribe", groupArgs(g))
	if err != nil {
		return nil, err
	}
	if err := r.Error.err(); err != nil {
		return nil, err
	}
	return &replaySource{s.replayStore, r.Seq}, nil
}

// DeadLetters implements [topic.Store].
func (s *topicReplay) DeadLetters(_ context.Context, group, cursor string, limit int) (topic.DeadPage, error) {
	r, err := s.ask("dead letters", args{Group: text(group), Cursor: text(cursor), Limit: limit})
	if err != nil {
		return topic.DeadPage{}, err
	}
	page := topic.DeadPage{Cursor: string(r.Result.Cursor)}
	for _, l := range r.Result.Letters {
		page.Letters = append(page.Letters, topic.Dead{Message: l.Message.message(), Letter: string(l.Letter), Reason: string(l.Reason),
			Published: l.Message.Published, Died: l.Died, Deliveries: l.Count})
	}
	return page, r.Error.err()
}

// message returns the message, which belongs to the caller.
func (m *message) message() topic.Message {
	return topic.Message{ID: string(m.ID), Key: string(m.Key), Data: copied(m.Data)}
}

// RemoveDeadLetter implements [topic.Store].
func (s *topicReplay) RemoveDeadLetter(_ context.Context, group, id string) error {
	return s.do("remove dead letter", args{Group: text(group), Letter: text(id)})
}

// Redeliver implements [topic.Store].
func (s *topicReplay) Redeliver(_ context.Context, group, id string) error {
	return s.do("redeliver", args{Group: text(group), Letter: text(id)})
}

// replaySource delivers what a recorded subscription got, and then waits.
type replaySource struct {
	store        replayStore
	subscription int
}

// Next implements [topic.Source].
func (s *replaySource) Next(ctx context.Context) (topic.Received, error) {
	a, err := s.store.follow(ctx, s.subscription, nil)
	if err != nil {
		return topic.Received{}, err
	}
	if err := a.Error.err(); err != nil {
		return topic.Received{}, err
	}
	m := a.Result.Message
	if m == nil {
		m = &message{}
	}
	return topic.Received{Message: m.message(), Published: m.Published, Deliveries: a.Result.Count, Lease: &replayDelivered{s.store, a.Seq}},
		nil
}

// Close implements [topic.Source].
func (s *replaySource) Close() error { return nil }

// replayDelivered takes the verdict that was recorded of a delivery.
type replayDelivered struct {
	store    replayStore
	delivery int
}

// Extend implements [topic.Delivered].
func (d *replayDelivered) Extend(context.Context) error { return d.settle("extend", args{}) }

// Ack implements [topic.Delivered].
func (d *replayDelivered) Ack(context.Context) error { return d.settle("ack", args{}) }

// Retry implements [topic.Delivered].
func (d *replayDelivered) Retry(_ context.Context, after time.Duration) error {
	return d.settle("retry", args{Delay: span(after)})
}

// Bury implements [topic.Delivered].
func (d *replayDelivered) Bury(_ context.Context, reason string) error {
	return d.settle("bury", args{Reason: text(reason)})
}

func (d *replayDelivered) settle(op string, a args) error {
	a.Delivery = d.delivery
	return d.store.do(op, a)
}
