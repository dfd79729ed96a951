package topictest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/topic"
)

type stringTopic = topic.Of[string]

// group is the group of most cases.
const group = "billing"

// patience is how long something may take that must happen.
const patience = 30 * time.Second

// moment is how long a case waits for something that must not happen.
const moment = 300 * time.Millisecond

// inbox keeps what a handler got.
type inbox struct {
	mu         sync.Mutex
	got        []string
	deliveries []topic.Delivery
	times      []time.Time
	verdict    func(ctx context.Context, message string, count int) error // nil acks everything
}

func (i *inbox) handle(ctx context.Context, message string) error {
	d, _ := topic.DeliveryOf(ctx)
	i.mu.Lock()
	i.got, i.deliveries, i.times = append(i.got, message), append(i.deliveries, d), append(i.times, time.Now())
	i.mu.Unlock()
	if i.verdict == nil {
		return nil
	}
	return i.verdict(ctx, message, d.Count)
}

// all returns the messages so far, in the order of their handling.
func (i *inbox) all() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.got)
}

// waits waits until there are at least n messages, and returns them.
func (i *inbox) waits(t *testing.T, n int) []string {
	t.Helper()
	until(t, func() bool { return len(i.all()) >= n }, func() string { return fmt.Sprintf("%d messages, have %.200q", n, i.all()) })
	return i.all()
}

// has waits for exactly these messages, in any order.
func (i *inbox) has(t *testing.T, want ...string) {
	t.Helper()
	i.waits(t, len(want))
	time.Sleep(moment)
	got := i.all()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("messages are %.300q, want %.300q", got, want)
	}
}

// until waits for a condition.
func until(t *testing.T, fine func() bool, what func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !fine(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, what())
		}
	}
}

func publish(t *testing.T, o stringTopic, message string, options ...topic.PublishOption) {
	t.Helper()
	if err := o.PublishWith(t.Context(), message, options...); err != nil {
		t.Fatalf("publish %.40q: %v", message, err)
	}
}

// subscribe subscribes until the case ends, with short times unless options say otherwise.
func subscribe(t *testing.T, o stringTopic, i *inbox, options ...topic.SubscribeOption) *topic.Subscription {
	t.Helper()
	return subscribeAs(t, t.Context(), o, group, i, options...)
}

func subscribeAs(t *testing.T, ctx context.Context, o stringTopic, group string, i *inbox,
	options ...topic.SubscribeOption) *topic.Subscription {
	t.Helper()
	options = append([]topic.SubscribeOption{topic.Backoff(50*time.Millisecond, 200*time.Millisecond), topic.Lease(5 * time.Second)},
		options...)
	s, err := o.Subscribe(ctx, group, i.handle, options...)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return s
}

func drain(t *testing.T, s *topic.Subscription) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Drain(ctx); err != nil {
		t.Fatalf("drain: %v", err)
	}
}

// letters returns the dead letters of a group.
func letters(t *testing.T, ctx context.Context, o stringTopic, group string) (all []topic.DeadLetter[string]) {
	t.Helper()
	for d, err := range o.DeadLetters(ctx, group) {
		if err != nil {
			t.Fatalf("dead letters: %v", err)
		}
		all = append(all, d)
	}
	return all
}

// buried waits until a group has n dead letters, and returns them.
func buried(t *testing.T, o stringTopic, n int) []topic.DeadLetter[string] {
	t.Helper()
	until(t, func() bool { return len(letters(t, t.Context(), o, group)) >= n }, func() string { return fmt.Sprintf("%d dead letters", n) })
	all := letters(t, t.Context(), o, group)
	if len(all) != n {
		t.Fatalf("%d dead letters, want %d", len(all), n)
	}
	return all
}

func code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	providertest.Code(t, what, err, want)
}

func undeclared(t *testing.T, declared bool, ability string) bool {
	t.Helper()
	return providertest.Undeclared(t, declared, ability)
}

// held returns a channel that handlers wait for, and what closes it; the end of the case does.
func held(t *testing.T) (free chan struct{}, release func()) {
	free = make(chan struct{})
	release = sync.OnceFunc(func() { close(free) })
	t.Cleanup(release)
	return free, release
}

// numbered returns "prefix00", "prefix01" and so on.
func numbered(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%03d", prefix, i))
	}
	return all
}
