package topictest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// order is a message with something in it.
type order struct {
	Customer string
	Items    []string
	Cents    int64
	At       time.Time
}

var deliveryCases = []testCase{
	{"a published message is handled once", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "a")
		in.has(t, "a")
	}},
	{"a message arrives as it was published", func(t *testing.T, f *fixture) {
		o := typed[order](t, f, odd)
		want := order{"Jürgen\n", []string{"tea", ""}, 1 << 40, time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
		got := make(chan order, 1)
		if _, err := o.Subscribe(f.Ctx, group, func(_ context.Context, o order) error { got <- o; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := o.Publish(f.Ctx, want); err != nil {
			t.Fatal(err)
		}
		select {
		case o := <-got:
			if !reflect.DeepEqual(o, want) {
				t.Errorf("message is %+v, want %+v", o, want)
			}
		case <-time.After(patience):
			t.Fatal("no message")
		}
	}},
	{"bytes and empty messages arrive as they are", func(t *testing.T, f *fixture) {
		o := typed[[]byte](t, f, messages)
		all := make(chan []byte, 2)
		if _, err := o.Subscribe(f.Ctx, group, func(_ context.Context, b []byte) error { all <- b; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]byte{{0, 1, 0xff, '\r', '\n', 0}, {}} {
			if err := o.Publish(f.Ctx, want); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-all:
				if !bytes.Equal(got, want) {
					t.Errorf("message is %v, want %v", got, want)
				}
			case <-time.After(patience):
				t.Fatalf("no message for %v", want)
			}
		}
	}},
	{"a big message arrives whole", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages, topic.Codec(bindings.Raw{})), &inbox{}
		size := 4 << 20
		if f.abilities.MaxData != 0 {
			size = f.abilities.MaxData
		}
		want := strings.Repeat("0123456789abcdef", size/16)
		subscribe(t, o, in)
		publish(t, o, want)
		if got := in.waits(t, 1)[0]; got != want {
			t.Fatalf("message has %d bytes, want %d", len(got), len(want))
		}
	}},
	{"a message greater than declared is refused", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.MaxData != 0, "a greatest message") {
			return
		}
		o := f.topic(t, messages, topic.Codec(bindings.Raw{}))
		code(t, "publish", o.Publish(f.Ctx, strings.Repeat("x", f.abilities.MaxData+1)), bindings.ResourceExhausted)
	}},
	{"none of many messages is lost", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		want := numbered("m", 300)
		subscribe(t, o, in, topic.Concurrency(8))
		for _, m := range want {
			publish(t, o, m)
		}
		in.has(t, want...)
	}},
	{"no more messages are handled at once than asked for", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		var now, most atomic.Int32
		in := &inbox{verdict: func(context.Context, string, int) error {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(100 * time.Millisecond)
			return nil
		}}
		for _, m := range numbered("m", 16) {
			publish(t, o, m)
		}
		subscribe(t, o, in, topic.Concurrency(4))
		in.waits(t, 16)
		if most.Load() != 4 {
			t.Errorf("%d messages were handled at once, want 4", most.Load())
		}
	}},
	{"a handler knows its delivery", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		var options []topic.PublishOption
		want := topic.Delivery{Group: group, Count: 1}
		if f.abilities.Dedup {
			want.ID = "id: ü\x00"
			options = append(options, topic.ID(want.ID))
		}
		if f.abilities.Order {
			want.Key = "key.* >\n"
			options = append(options, topic.Key(want.Key))
		}
		before := time.Now()
		publish(t, o, "a", options...)
		subscribe(t, o, in)
		in.waits(t, 1)
		got := in.deliveries[0]
		if age := got.Published.Sub(before); age < -5*time.Second || age > 5*time.Second {
			t.Errorf("published at %v, want %v", got.Published, before)
		}
		got.Published = time.Time{}
		if got != want {
			t.Errorf("delivery is %+v, want %+v", got, want)
		}
		if _, ok := topic.DeliveryOf(f.Ctx); ok {
			t.Error("another context must have no delivery")
		}
	}},
}

var groupCases = []testCase{
	{"a new group begins with the oldest message", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		publish(t, o, "a")
		publish(t, o, "b")
		subscribe(t, o, in)
		in.has(t, "a", "b")
	}},
	{"a group from now on does not get what was before", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		publish(t, o, "old")
		subscribe(t, o, in, topic.FromNow())
		publish(t, o, "new")
		in.has(t, "new")
	}},
	{"a group that exists goes on where it was", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		s := subscribe(t, o, in)
		publish(t, o, "a")
		in.has(t, "a")
		drain(t, s)
		publish(t, o, "b")
		subscribe(t, o, in, topic.FromNow())
		publish(t, o, "c")
		in.has(t, "a", "b", "c")
	}},
	{"every group gets every message", func(t *testing.T, f *fixture) {
		o, first, second := f.topic(t, messages), &inbox{}, &inbox{}
		subscribeAs(t, f.Ctx, o, "A.group", first)
		subscribeAs(t, f.Ctx, o, "a.group", second)
		publish(t, o, "a")
		publish(t, o, "b")
		first.has(t, "a", "b")
		second.has(t, "a", "b")
	}},
	{"subscribers of a group share its messages", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		var active [2]atomic.Int32
		for i := range active {
			one := &inbox{verdict: func(ctx context.Context, m string, _ int) error {
				active[i].Add(1)
				time.Sleep(20 * time.Millisecond)
				return in.handle(ctx, m)
			}}
			subscribe(t, o, one)
		}
		want := numbered("m", 30)
		for _, m := range want {
			publish(t, o, m)
		}
		in.has(t, want...)
		if active[0].Load() == 0 || active[1].Load() == 0 {
			t.Errorf("they handled %d and %d messages, want some each", active[0].Load(), active[1].Load())
		}
	}},
	{"a group must have a name", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		for _, name := range []string{"", strings.Repeat("x", topic.MaxName+1)} {
			_, err := o.Subscribe(f.Ctx, name, in.handle)
			code(t, fmt.Sprintf("subscribe as %.10q", name), err, bindings.FailedPrecondition)
			for _, err := range o.DeadLetters(f.Ctx, name) {
				code(t, "dead letters", err, bindings.FailedPrecondition)
			}
			code(t, "remove dead letter", o.RemoveDeadLetter(f.Ctx, name, "x"), bindings.FailedPrecondition)
		}
	}},
}
