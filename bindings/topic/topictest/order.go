package topictest

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// ordered is a case that needs ordering keys.
func ordered(run func(t *testing.T, f *fixture)) func(t *testing.T, f *fixture) {
	return func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.Order, "ordering keys") {
			run(t, f)
		}
	}
}

// firsts returns the messages with a prefix in the order of their first handling.
func firsts(all []string, prefix string) (got []string) {
	for _, m := range all {
		if strings.HasPrefix(m, prefix) && !slices.Contains(got, m) {
			got = append(got, m)
		}
	}
	return got
}

var orderCases = []testCase{
	{"messages of a key are handled in order", ordered(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in, topic.Concurrency(8))
		subscribe(t, o, in, topic.Concurrency(8))
		keys := []string{"a", "b", "c"}
		for i := range 25 {
			for _, key := range keys {
				publish(t, o, numbered(key, 25)[i], topic.Key(key))
			}
		}
		all := in.waits(t, 75)
		for _, key := range keys {
			if got := firsts(all, key); !slices.Equal(got, numbered(key, 25)) {
				t.Errorf("messages of %s are %q", key, got)
			}
		}
	})},
	{"messages of a key are handled one at a time", ordered(func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		var now, clashes atomic.Int32
		in := &inbox{verdict: func(context.Context, string, int) error {
			if now.Add(1) > 1 {
				clashes.Add(1)
			}
			time.Sleep(10 * time.Millisecond)
			now.Add(-1)
			return nil
		}}
		subscribe(t, o, in, topic.Concurrency(4))
		subscribe(t, o, in, topic.Concurrency(4))
		want := numbered("m", 20)
		for _, m := range want {
			publish(t, o, m, topic.Key("k"))
		}
		in.has(t, want...)
		if clashes.Load() != 0 {
			t.Errorf("%d messages were handled beside another of their key", clashes.Load())
		}
	})},
	{"a failing message holds up those behind it", ordered(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("m000", 2)}
		subscribe(t, o, in, topic.Concurrency(4))
		for _, m := range numbered("m", 3) {
			publish(t, o, m, topic.Key("k"))
		}
		in.waits(t, 5)
		if got, want := in.all(), []string{"m000", "m000", "m000", "m001", "m002"}; !slices.Equal(got, want) {
			t.Errorf("messages are %q, want %q", got, want)
		}
	})},
	{"a dead message lets those behind it go on", ordered(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		in.verdict = func(ctx context.Context, m string, count int) error {
			if m == "m000" {
				return bindings.Reject(errFails)
			}
			return nil
		}
		subscribe(t, o, in)
		for _, m := range numbered("m", 3) {
			publish(t, o, m, topic.Key("k"))
		}
		in.has(t, numbered("m", 3)...)
		buried(t, o, 1)
	})},
	{"messages without a key do not wait for a key", ordered(func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		free, release := held(t)
		in := &inbox{verdict: func(_ context.Context, m string, _ int) error {
			if m == "held" {
				<-free
			}
			return nil
		}}
		subscribe(t, o, in, topic.Concurrency(2))
		publish(t, o, "held", topic.Key("k"))
		in.waits(t, 1)
		for _, m := range numbered("m", 5) {
			publish(t, o, m)
		}
		in.waits(t, 6)
		release()
	})},
	{"the order of a key outlives its subscriber", ordered(func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		in.verdict = func(context.Context, string, int) error { time.Sleep(5 * time.Millisecond); return nil }
		want := numbered("m", 30)
		for _, m := range want {
			publish(t, o, m, topic.Key("k"))
		}
		s := subscribe(t, o, in)
		in.waits(t, 10)
		drain(t, s)
		subscribe(t, o, in)
		in.waits(t, 30)
		if got := in.all(); !slices.Equal(got, want) {
			t.Errorf("messages are %q", got)
		}
	})},
	{"the topic's options give keys and IDs", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Order && f.abilities.Dedup, "ordering keys and message IDs") {
			return
		}
		o := f.topic(t, messages, topic.IDOf(func(m string) string { return "id " + m }), topic.KeyOf(func(m string) string { return m[:1] }))
		in := &inbox{}
		subscribe(t, o, in)
		for range 2 {
			if err := o.Publish(f.Ctx, "abc"); err != nil {
				t.Fatal(err)
			}
		}
		in.has(t, "abc")
		if d := in.deliveries[0]; d.ID != "id abc" || d.Key != "a" {
			t.Errorf("delivery is %+v", d)
		}
		if _, err := topic.Open[string](f.Ctx, f.Platform, messages, topic.KeyOf(func(int) string { return "" })); err == nil {
			t.Error("a key of another type's messages must be refused")
		}
	}},
}
