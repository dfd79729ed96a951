package topictest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// die publishes a message, rejects it, and returns its dead letter; nobody subscribes afterwards.
func die(t *testing.T, o stringTopic, message string, options ...topic.PublishOption) topic.DeadLetter[string] {
	t.Helper()
	publish(t, o, message, options...)
	s := subscribe(t, o, &inbox{verdict: rejects})
	d := buried(t, o, 1)[0]
	drain(t, s)
	return d
}

func redeliver(t *testing.T, o stringTopic, letter string) {
	t.Helper()
	if err := o.Redeliver(t.Context(), group, letter); err != nil {
		t.Fatalf("redeliver: %v", err)
	}
}

// identity returns an ID and a key, as far as they are declared.
func identity(f *fixture) (options []topic.PublishOption) {
	if f.abilities.Dedup {
		options = append(options, topic.ID("order 1"))
	}
	if f.abilities.Order {
		options = append(options, topic.Key("customer"))
	}
	return options
}

// Each of these fails if a provider does what its comment says.
var redeliverCases = []testCase{
	// Redis: only is not read. NATS: no headerOnly.
	{"a dead letter that is redelivered reaches its group alone", func(t *testing.T, f *fixture) {
		o, shipping, late, in := f.topic(t, messages), &inbox{}, &inbox{}, &inbox{}
		subscribeAs(t, f.Ctx, o, "shipping", shipping)
		redeliver(t, o, die(t, o, "a").Letter)
		subscribeAs(t, f.Ctx, o, "late", late)
		subscribe(t, o, in)
		publish(t, o, "b")
		in.has(t, "a", "b")
		shipping.has(t, "a", "b")
		late.has(t, "a", "b") // as they were published
		buried(t, o, 0)
	}},
	// The message is published with its own ID.
	{"a message whose ID is still known is redelivered", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Dedup, "dedup") {
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		redeliver(t, o, die(t, o, "a", topic.ID("1")).Letter)
		publish(t, o, "a", topic.ID("1")) // known as before
		subscribe(t, o, in)
		in.has(t, "a")
	}},
	// The time or the headers of the letter are not taken over, or its deliveries are.
	{"a message that is redelivered is what was published, and its deliveries are counted anew", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{verdict: failing("a", 1)}
		d := die(t, o, "a", identity(f)...)
		time.Sleep(20 * time.Millisecond)
		redeliver(t, o, d.Letter)
		subscribe(t, o, in, topic.MaxDeliveries(2))
		in.has(t, "a", "a")
		for i, got := range in.deliveries {
			if got.Count != i+1 || got.ID != d.ID || got.Key != d.Key || got.Published.UnixMilli() != d.Published.UnixMilli() {
				t.Errorf("delivery %d is %+v, published was %+v", i, got, d)
			}
		}
	}},
	// The IDs of letters are those of messages; a letter of a letter is taken for the first.
	{"a message dies again after it was redelivered, as another letter", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		first := die(t, o, "a", identity(f)...)
		for range 3 {
			redeliver(t, o, first.Letter)
			s := subscribe(t, o, &inbox{verdict: rejects})
			next := buried(t, o, 1)[0]
			drain(t, s)
			if next.Letter == first.Letter || next.Message != "a" || next.ID != first.ID || next.Key != first.Key ||
				next.Published.UnixMilli() != first.Published.UnixMilli() {
				t.Fatalf("dead letter is %+v after %+v", next, first)
			}
			first = next
		}
	}},
	// The letter stays (tried on Redis).
	{"a dead letter is redelivered once however often that is asked", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		letter := die(t, o, "a").Letter
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := o.Redeliver(f.Ctx, group, letter); err != nil && bindings.Code(err) != bindings.NotFound {
					t.Errorf("redeliver: %v", err)
				}
			})
		}
		all.Wait()
		code(t, "redeliver once more", o.Redeliver(f.Ctx, group, letter), bindings.NotFound)
		subscribe(t, o, in)
		in.has(t, "a")
	}},
	// The group of the letter is not looked at.
	{"a letter that is not the group's is not redelivered", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		letter := die(t, o, "a").Letter
		for _, other := range []string{"shipping", "nobody"} {
			code(t, other, o.Redeliver(f.Ctx, other, letter), bindings.NotFound)
		}
		for _, none := range []string{"", "0", "x", "-1", "999999999999"} {
			code(t, none, o.Redeliver(f.Ctx, group, none), bindings.NotFound)
		}
		code(t, "no group", o.Redeliver(f.Ctx, "", letter), bindings.FailedPrecondition)
		buried(t, o, 1)
		subscribe(t, o, in)
		in.has(t)
	}},
	// The key is not taken over, or the message is delivered beside its queue.
	{"a message that is redelivered waits for its turn", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Order, "order") {
			return
		}
		o := f.topic(t, messages)
		letter := die(t, o, "a", topic.Key("k")).Letter
		free, release := held(t)
		in := &inbox{verdict: func(context.Context, string, int) error { <-free; return nil }}
		subscribe(t, o, in, topic.Concurrency(4))
		publish(t, o, "b", topic.Key("k"))
		in.waits(t, 1)
		redeliver(t, o, letter)
		publish(t, o, "c", topic.Key("k"))
		in.has(t, "b")
		release()
		in.has(t, "b", "a", "c")
		if got := in.all(); got[1] != "a" {
			t.Errorf("messages are %q, want b, a, c", got)
		}
	}},
	// Skipping a message that is another group's leaves its turn taken.
	{"a message of another group holds up none", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Order, "order") {
			return
		}
		o, shipping := f.topic(t, messages), &inbox{}
		letter := die(t, o, "a", topic.Key("k")).Letter
		subscribeAs(t, f.Ctx, o, "shipping", shipping)
		shipping.waits(t, 1)
		redeliver(t, o, letter)
		for _, m := range []string{"b", "c"} {
			publish(t, o, m, topic.Key("k"))
		}
		shipping.has(t, "a", "b", "c")
	}},
	// What is redelivered is kept in the process.
	{"what is redelivered outlives the platform", func(t *testing.T, f *fixture) {
		if !f.H.Reopen {
			t.Log("not durable")
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		redeliver(t, o, die(t, o, "a").Letter)
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		o = f.topic(t, messages)
		buried(t, o, 0)
		subscribe(t, o, in)
		in.has(t, "a")
	}},
	// The tenant is forgotten.
	{"a tenant redelivers no letter of another", func(t *testing.T, f *fixture) {
		o, inA := f.topic(t, tenants), &inbox{}
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		if err := o.Publish(a, "x"); err != nil {
			t.Fatal(err)
		}
		s := subscribeAs(t, a, o, group, &inbox{verdict: rejects})
		until(t, func() bool { return len(letters(t, a, o, group)) == 1 }, func() string { return "the dead letter" })
		drain(t, s)
		letter := letters(t, a, o, group)[0].Letter
		code(t, "redeliver of another tenant", o.Redeliver(b, group, letter), bindings.NotFound)
		code(t, "redeliver without a tenant", o.Redeliver(f.Ctx, group, letter), bindings.FailedPrecondition)
		subscribeAs(t, a, o, group, inA)
		inA.has(t)
		if err := o.Redeliver(a, group, letter); err != nil {
			t.Fatal(err)
		}
		inA.has(t, "x")
	}},
}
