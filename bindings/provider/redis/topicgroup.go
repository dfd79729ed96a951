package redis

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// lookEvery is how long a subscriber waits at most until it looks for messages without having been
// told to.
const lookEvery = time.Second

// source is the messages of a group for one subscriber.
type source struct {
	store  *topicStore
	group  string
	lease  time.Duration
	keys   []string      // of takeMessage
	looked func(error)   // of topic.Group
	waking *redis.PubSub // signals that there may be messages
	signal chan struct{} // has an element if it has told so
	turn   chan struct{} // held by who takes
}

// Subscribe implements [topic.Store].
func (s *topicStore) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	looked := g.Looked
	if looked == nil {
		looked = func(error) {}
	}
	start := "0"
	if g.FromNow {
		start = "$"
	}
	if err := withinErr(ctx, func() error { return s.makeGroup(ctx, g.Name, start) }); err != nil {
		return nil, coded(err)
	}
	keys := append(append([]string{s.stream()}, s.delayed()...), s.ofGroup(g.Name)...)
	src := &source{s, g.Name, g.Lease, keys, looked, s.client.Subscribe(ctx, s.channel()), make(chan struct{}, 1), make(chan struct{}, 1)}
	go src.hear(src.waking.Channel())
	return src, nil
}

// makeGroup makes a group unless there is one. One that there was goes on where it was; start is
// where another begins.
func (s *topicStore) makeGroup(ctx context.Context, group, start string) error {
	return makeGroup.Run(ctx, s.client, []string{s.stream(), s.ofGroup(group)[5]}, bindings.Escape(group), start).Err()
}

// hear passes on that there may be messages. The client's channel must be emptied even while nobody
// waits.
func (s *source) hear(told <-chan *redis.Message) {
	for range told {
		select {
		case s.signal <- struct{}{}:
		default:
		}
	}
}

// Next implements [topic.Source].
func (s *source) Next(ctx context.Context) (topic.Received, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return topic.Received{}, ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return topic.Received{}, err
		}
		// A message that was taken must not be lost on the way, so the end of ctx does not end the
		// script.
		taking, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTime)
		answer, err := s.take(taking)
		cancel()
		s.looked(coded(err))
		if err != nil {
			return topic.Received{}, coded(err)
		}
		if len(answer) == 3 {
			return s.received(answer)
		}
		if err := s.wait(ctx, answer); err != nil {
			return topic.Received{}, err
		}
	}
}

// take takes a message. A group that is gone is made again, not at what comes from now on, which
// would lose what has come meanwhile.
func (s *source) take(ctx context.Context) ([]any, error) {
	take := func() ([]any, error) {
		return takeMessage.Run(ctx, s.store.client, s.keys, bindings.Escape(s.group), millis(s.lease), millis(s.store.retention)).Slice()
	}
	answer, err := take()
	if err == nil || !strings.Contains(err.Error(), "NOGROUP") {
		return answer, err
	}
	slog.WarnContext(ctx, "a group of a topic is gone and is made again", "provider", "redis", "stream", s.store.stream(), "group", s.group)
	if err := s.store.makeGroup(ctx, s.group, "0"); err != nil {
		return nil, err
	}
	return take()
}

// takeTime bounds how long taking a message takes.
const takeTime = 5 * time.Second

// wait waits until there may be a message.
func (s *source) wait(ctx context.Context, answer []any) error {
	text, _ := answer[0].(string)
	n, _ := strconv.ParseInt(text, 10, 64)
	wait := lookEvery
	if n >= 0 {
		wait = min(time.Duration(n)*time.Millisecond, lookEvery)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-s.signal:
	}
	return nil
}

// received returns a message as package topic has it.
func (s *source) received(answer []any) (topic.Received, error) {
	id, _ := answer[0].(string)
	count, _ := answer[1].(int64)
	list, _ := answer[2].([]any)
	fields := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		name, _ := list[i].(string)
		fields[name], _ = list[i+1].(string)
	}
	l := &lease{source: s, id: id, count: int(count), message: messageOf(fields), published: publishedAt(id, fields)}
	return topic.Received{Message: l.message, Published: l.published, Deliveries: l.count, Lease: l}, nil
}

// Close implements [topic.Source].
func (s *source) Close() error { return coded(s.waking.Close()) }

// lease is a message that was delivered.
type lease struct {
	source    *source
	id        string
	count     int
	message   topic.Message
	published time.Time
}

// settle runs the script that settles; due is when the message is to be delivered again, in
// milliseconds, -1 for never.
func (l *lease) settle(ctx context.Context, channel, due string, letter ...any) error {
	s := l.source.store
	keys := append(append([]string{s.stream()}, s.ofGroup(l.source.group)...), s.deadLetters(l.source.group))
	args := append([]any{bindings.Escape(l.source.group), channel, l.id, strconv.Itoa(l.count), due}, letter...)
	n, err := settleMessage.Run(ctx, s.client, keys, args...).Int()
	if err == nil && n == 0 {
		return bindings.Errorf(bindings.FailedPrecondition, "the lease of the message is lost")
	}
	return coded(err)
}

// Extend implements [topic.Delivered].
func (l *lease) Extend(ctx context.Context) error { return l.settle(ctx, "", millis(l.source.lease)) }

// Ack implements [topic.Delivered]. Others are woken only if the message may have held up another
// one.
func (l *lease) Ack(ctx context.Context) error {
	channel := ""
	if l.message.Key != "" {
		channel = l.source.store.channel()
	}
	return l.settle(ctx, channel, "-1")
}

// Retry implements [topic.Delivered]. Subscribers that wait learn when it is due.
func (l *lease) Retry(ctx context.Context, after time.Duration) error {
	return l.settle(ctx, l.source.store.channel(), millis(after))
}

// maxReason is how much of a dead letter's reason is kept, in bytes.
const maxReason = 1 << 10

// Bury implements [topic.Delivered].
func (l *lease) Bury(ctx context.Context, reason string) error {
	letter := append([]any{millis(l.source.store.retention), fieldReason, reason[:min(len(reason), maxReason)], fieldDeliveries, l.count,
		fieldAt, l.published.UnixMilli()}, fieldsOf(l.message)...)
	return l.settle(ctx, l.source.store.channel(), "-1", letter...)
}
