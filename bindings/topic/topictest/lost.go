package topictest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// forget lets the server lose something, and reports whether it can.
func forget(t *testing.T, f *fixture, what providertest.Lost) bool {
	t.Helper()
	if f.H.Forget == nil {
		t.Log("no server that could lose something")
		return false
	}
	f.H.Forget(t, f.URL, f.Namespace, what)
	return true
}

// inOrder returns a key, if keys are declared.
func inOrder(f *fixture) []topic.PublishOption {
	if !f.abilities.Order {
		return nil
	}
	return []topic.PublishOption{topic.Key("customer")}
}

// gets waits until all these messages were handled, how often ever.
func (i *inbox) gets(t *testing.T, want ...string) {
	t.Helper()
	missing := func() (missing []string) {
		got := map[string]bool{}
		for _, m := range i.all() {
			got[m] = true
		}
		for _, m := range want {
			if !got[m] {
				missing = append(missing, m)
			}
		}
		return missing
	}
	until(t, func() bool { return len(missing()) == 0 }, func() string { return fmt.Sprintf("%.200q", missing()) })
}

// Each of these fails if a provider does what its comment says.
var lostCases = []testCase{
	// The group is not made again, or begins at what comes from now on.
	{"a subscription whose group is gone goes on", func(t *testing.T, f *fixture) {
		for _, what := range []providertest.Lost{providertest.Groups, providertest.Messages, providertest.All} {
			o, in := f.topic(t, messages), &inbox{}
			s := subscribeAs(t, t.Context(), o, "of "+string(what), in, topic.Concurrency(3))
			before := "before " + string(what)
			publish(t, o, before, inOrder(f)...)
			in.gets(t, before)
			if !forget(t, f, what) {
				return
			}
			var want []string
			for _, m := range numbered("after "+string(what), 8) { // at once, before anybody has noticed
				publish(t, o, m)
				want = append(want, m)
			}
			if f.abilities.Order {
				last := "last of " + string(what)
				publish(t, o, last, topic.Key("customer"))
				want = append(want, last)
			}
			in.gets(t, want...)
			until(t, func() bool { return s.Err() == nil }, func() string { return "the subscription to be well" })
			for _, h := range f.Platform.Health(f.Ctx) {
				if h.Err != nil {
					t.Errorf("%s is not healthy: %v", h.Binding, h.Err)
				}
			}
			drain(t, s)
		}
	}},
	// The position is not kept beside the group, or is not looked at.
	{"a group that is gone goes on where it was", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		s := subscribe(t, o, in)
		for _, m := range []string{"a", "b"} {
			publish(t, o, m, inOrder(f)...)
		}
		in.has(t, "a", "b")
		drain(t, s)
		publish(t, o, "c")
		if !forget(t, f, providertest.Groups) {
			return
		}
		publish(t, o, "d")
		subscribe(t, o, in)
		in.has(t, "a", "b", "c", "d")
	}},
	// What a message's delivery was is forgotten with the group.
	{"a message in hand is settled though its group is gone", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		free, release := held(t)
		slow := &inbox{verdict: func(_ context.Context, m string, _ int) error {
			if m == "slow" {
				<-free
			}
			return nil
		}}
		subscribe(t, o, slow, topic.Concurrency(4)) // what is in hand may come again
		publish(t, o, "slow")
		slow.waits(t, 1)
		if !forget(t, f, providertest.Groups) {
			return
		}
		publish(t, o, "next")
		slow.gets(t, "next")
		release()
		publish(t, o, "last")
		slow.gets(t, "slow", "next", "last")
	}},
	// FromNow is taken for the answer to a group that is gone.
	{"a group from now on that is gone loses nothing", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		publish(t, o, "old")
		s := subscribe(t, o, in, topic.FromNow())
		drain(t, s)
		publish(t, o, "a")
		if !forget(t, f, providertest.Groups) {
			return
		}
		publish(t, o, "b")
		subscribe(t, o, in, topic.FromNow())
		in.has(t, "a", "b")
	}},
	// Sequences that count from one again are taken for those of the stream that was.
	{"messages die and come back in a topic that was lost", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		for _, what := range []providertest.Lost{providertest.Messages, providertest.All, providertest.Messages} {
			d := die(t, o, "a")
			if !forget(t, f, what) {
				return
			}
			left := letters(t, f.Ctx, o, group)
			if what == providertest.All && len(left) != 0 {
				t.Fatalf("dead letters are %+v, want none", left)
			}
			for _, l := range left {
				if err := o.RemoveDeadLetter(f.Ctx, group, l.Letter); err != nil {
					t.Fatal(err)
				}
			}
			if err := o.RemoveDeadLetter(f.Ctx, group, d.Letter); err != nil {
				t.Fatalf("remove a letter that is gone: %v", err)
			}
			in := &inbox{}
			redeliver(t, o, die(t, o, "b").Letter)
			s := subscribe(t, o, in)
			in.has(t, "b")
			drain(t, s)
		}
	}},
	// A delay is kept by what has gone.
	{"a delayed message comes although the group is gone", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Delay, "delay") {
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		subscribe(t, o, in)
		publish(t, o, "later", topic.Delay(time.Second))
		if !forget(t, f, providertest.Groups) {
			return
		}
		in.has(t, "later")
	}},
}
