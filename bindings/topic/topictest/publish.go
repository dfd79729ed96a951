package topictest

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// deduped is a case that needs message IDs.
func deduped(run func(t *testing.T, f *fixture)) func(t *testing.T, f *fixture) {
	return func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.Dedup, "message IDs") {
			run(t, f)
		}
	}
}

// unsure is a store whose first answers are lost after it has published.
type unsure struct {
	topic.Store
	left int
}

func (u *unsure) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	err := u.Store.Publish(ctx, m, delay)
	if u.left > 0 && err == nil {
		u.left--
		return bindings.Errorf(bindings.Unavailable, "the answer is lost")
	}
	return err
}

func losing(n int) topic.Option {
	return topic.Wrap(func(s topic.Store) topic.Store { return &unsure{s, n} })
}

var publishCases = []testCase{
	{"a message with the same ID is published once", deduped(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "a", topic.ID("1"))
		publish(t, o, "again", topic.ID("1"))
		publish(t, o, "b", topic.ID("2"))
		publish(t, o, "c")
		in.has(t, "a", "b", "c")
	})},
	{"an ID is one of its topic alone", deduped(func(t *testing.T, f *fixture) {
		for _, name := range []string{messages, others, foreign} {
			o, in := f.topic(t, name), &inbox{}
			publish(t, o, name, topic.ID("1"))
			subscribe(t, o, in)
			in.has(t, name)
		}
	})},
	{"an ID is remembered when its message is done", deduped(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "a", topic.ID("1"), topic.Key(""))
		in.has(t, "a")
		publish(t, o, "a", topic.ID("1"))
		in.has(t, "a")
	})},
	{"publishing is tried again with an ID", deduped(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages, losing(2)), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "a", topic.ID("1"))
		in.has(t, "a")
	})},
	{"publishing is not tried again without an ID", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages, losing(1)), &inbox{}
		subscribe(t, o, in)
		code(t, "publish", o.Publish(f.Ctx, "a"), bindings.Unavailable)
		in.has(t, "a")
	}},
	{"a delayed message comes later", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Delay, "delays") {
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		delay := 2 * time.Second
		start := time.Now()
		publish(t, o, "late", topic.Delay(delay))
		publish(t, o, "now")
		all := in.waits(t, 2)
		if all[0] != "now" || in.times[1].Sub(start) < delay || in.times[1].Sub(start) > delay+f.abilities.DelayGranularity+5*time.Second {
			t.Errorf("messages are %q, the last after %v", all, in.times[1].Sub(start))
		}
		in.has(t, "now", "late")
	}},
	{"a delayed message has its ID and key", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Delay && f.abilities.Dedup && f.abilities.Order, "delays, message IDs and ordering keys") {
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		for range 2 {
			publish(t, o, "late", topic.Delay(time.Second), topic.ID("1"), topic.Key("k"))
		}
		publish(t, o, "now", topic.Key("k"))
		in.has(t, "now", "late")
		if d := in.deliveries[1]; d.ID != "1" || d.Key != "k" {
			t.Errorf("delivery is %+v", d)
		}
	}},
	{"impossible messages are refused", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		long := strings.Repeat("x", topic.MaxName+1)
		if f.abilities.Dedup {
			code(t, "a long ID", o.PublishWith(f.Ctx, "a", topic.ID(long)), bindings.ResourceExhausted)
		}
		if f.abilities.Order {
			code(t, "a long key", o.PublishWith(f.Ctx, "a", topic.Key(long)), bindings.ResourceExhausted)
		}
		if f.abilities.Delay {
			code(t, "a delay into the past", o.PublishWith(f.Ctx, "a", topic.Delay(-time.Second)), bindings.FailedPrecondition)
		}
		if err := typed[func()](t, f, messages).Publish(f.Ctx, nil); err == nil {
			t.Error("a function must not be a message")
		}
	}},
	{"a trace goes on in the handler", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		got := make(chan trace.SpanContext, 1)
		in := &inbox{verdict: func(ctx context.Context, _ string, _ int) error { got <- trace.SpanContextFromContext(ctx); return nil }}
		of := func(id byte) context.Context {
			return trace.ContextWithSpanContext(f.Ctx,
				trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{id}, SpanID: trace.SpanID{id},
					TraceFlags: trace.FlagsSampled}))
		}
		subscribeAs(t, of(1), o, group, in)
		if err := o.Publish(of(2), "a"); err != nil {
			t.Fatal(err)
		}
		if sc := <-got; sc.TraceID() != (trace.TraceID{2}) || !sc.IsSampled() {
			t.Errorf("the handler's trace is %v, want the publisher's", sc.TraceID())
		}
		publish(t, o, "without a trace")
		if sc := <-got; sc.TraceID() == (trace.TraceID{1}) {
			t.Error("the handler's trace must not be that of who has subscribed")
		}
	}},
}
