package topictest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

var errFails = errors.New("no stock")

// failing fails the first n deliveries of a message.
func failing(message string, n int) func(context.Context, string, int) error {
	return func(_ context.Context, m string, count int) error {
		if m == message && count <= n {
			return errFails
		}
		return nil
	}
}

var verdictCases = []testCase{
	{"a failed message is delivered again and counted", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("a", 3)}
		subscribe(t, o, in)
		publish(t, o, "a")
		in.has(t, "a", "a", "a", "a")
		for i, d := range in.deliveries {
			if d.Count != i+1 {
				t.Errorf("delivery %d has count %d", i+1, d.Count)
			}
		}
		if all := letters(t, f.Ctx, o, group); len(all) != 0 {
			t.Errorf("%d dead letters, want none", len(all))
		}
	}},
	{"each redelivery waits longer", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("a", 3)}
		first := 200 * time.Millisecond
		subscribe(t, o, in, topic.Backoff(first, 3*first))
		publish(t, o, "a")
		in.waits(t, 4)
		for i, want := range []time.Duration{first, 2 * first, 3 * first} {
			if got := in.times[i+1].Sub(in.times[i]); got < want-10*time.Millisecond || got > want+5*time.Second {
				t.Errorf("redelivery %d comes after %v, want %v", i+1, got, want)
			}
		}
	}},
	{"other messages go on while one fails", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("bad", 1)}
		subscribe(t, o, in, topic.Backoff(2*time.Second, 2*time.Second))
		publish(t, o, "bad")
		in.waits(t, 1)
		publish(t, o, "good")
		in.waits(t, 2)
		in.has(t, "bad", "good", "bad")
		if got := in.all(); got[1] != "good" {
			t.Errorf("messages are %q: the good one must not wait", got)
		}
	}},
	{"a rejected message is dead at once", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		in := &inbox{verdict: func(context.Context, string, int) error { return fmt.Errorf("wrapped: %w", bindings.Reject(errFails)) }}
		subscribe(t, o, in)
		publish(t, o, "a")
		d := buried(t, o, 1)[0]
		if d.Message != "a" || d.DecodeErr != nil || d.Deliveries != 1 || !strings.Contains(d.Reason, "no stock") {
			t.Errorf("dead letter is %+v", d)
		}
		if d.Died.Before(d.Published.Add(-time.Second)) || time.Since(d.Died) > time.Minute {
			t.Errorf("published at %v, died at %v", d.Published, d.Died)
		}
		in.has(t, "a")
	}},
	{"a message that always fails is dead after its deliveries", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("a", 100)}
		subscribe(t, o, in, topic.MaxDeliveries(3))
		publish(t, o, "a")
		if d := buried(t, o, 1)[0]; d.Deliveries != 3 || d.Reason != "no stock" {
			t.Errorf("dead letter is %+v", d)
		}
		in.has(t, "a", "a", "a")
	}},
	{"a message that never gets a verdict is dead in the end", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		in := &inbox{verdict: func(ctx context.Context, _ string, _ int) error { <-ctx.Done(); return ctx.Err() }}
		s := subscribe(t, o, in, topic.MaxDeliveries(1))
		publish(t, o, "a")
		in.waits(t, 1)
		ctx, cancel := context.WithTimeout(f.Ctx, 50*time.Millisecond)
		defer cancel()
		if err := s.Drain(ctx); err != nil {
			t.Fatalf("drain: %v, although the handler heeds its context", err)
		}
		subscribe(t, o, in, topic.MaxDeliveries(1))
		if d := buried(t, o, 1)[0]; !strings.Contains(d.Reason, "without a verdict") {
			t.Errorf("reason is %q", d.Reason)
		}
		in.has(t, "a")
	}},
	{"a message that cannot be decoded is dead", func(t *testing.T, f *fixture) {
		if err := f.topic(t, messages, topic.Codec(bindings.Raw{})).Publish(f.Ctx, "not JSON"); err != nil {
			t.Fatal(err)
		}
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "good")
		if d := buried(t, o, 1)[0]; d.DecodeErr == nil || string(d.Data) != "not JSON" || !strings.Contains(d.Reason, "decode message") {
			t.Errorf("dead letter is %+v", d)
		}
		in.has(t, "good")
	}},
}

// rejects rejects everything.
func rejects(context.Context, string, int) error { return bindings.Reject(errFails) }

var deadCases = []testCase{
	{"dead letters are those of one group", func(t *testing.T, f *fixture) {
		o, fine := f.topic(t, messages), &inbox{}
		subscribe(t, o, &inbox{verdict: rejects})
		subscribeAs(t, f.Ctx, o, "shipping", fine)
		publish(t, o, "a")
		buried(t, o, 1)
		fine.has(t, "a")
		for _, other := range []string{"shipping", "nobody"} {
			if all := letters(t, f.Ctx, o, other); len(all) != 0 {
				t.Errorf("%s has %d dead letters, want none", other, len(all))
			}
		}
	}},
	{"dead letters keep what was published and are removed one by one", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		subscribe(t, o, &inbox{verdict: rejects})
		want := numbered("m", 3)
		for _, m := range want {
			var options []topic.PublishOption
			if f.abilities.Dedup {
				options = append(options, topic.ID("id "+m))
			}
			if f.abilities.Order {
				options = append(options, topic.Key("key"))
			}
			publish(t, o, m, options...)
		}
		all := buried(t, o, 3)
		for i, d := range all {
			if d.Message != want[i] || f.abilities.Dedup && d.ID != "id "+d.Message || f.abilities.Order && d.Key != "key" {
				t.Errorf("dead letter %d is %+v", i, d)
			}
		}
		for range 2 { // the second time there is none
			if err := o.RemoveDeadLetter(f.Ctx, group, all[1].Letter); err != nil {
				t.Fatal(err)
			}
		}
		left := buried(t, o, 2)
		if left[0].Message != want[0] || left[1].Message != want[2] {
			t.Errorf("left are %q and %q", left[0].Message, left[1].Message)
		}
	}},
	{"many dead letters are all read", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		want := numbered("m", 130) // more than a page
		for _, m := range want {
			publish(t, o, m)
		}
		subscribe(t, o, &inbox{verdict: rejects}, topic.Concurrency(4))
		var got []string
		for _, d := range buried(t, o, len(want)) {
			got = append(got, d.Message)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("dead letters are %.200q", got)
		}
	}},
}
