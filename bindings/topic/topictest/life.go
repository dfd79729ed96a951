package topictest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

var lifeCases = []testCase{
	{"every binding is healthy", func(t *testing.T, f *fixture) {
		for _, h := range f.Platform.Health(f.Ctx) {
			if h.Err != nil {
				t.Errorf("%s: %v", h.Binding, h.Err)
			}
		}
	}},
	{"closing the platform waits for messages in hand", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		var verdicts atomic.Int32
		in := &inbox{verdict: func(ctx context.Context, m string, _ int) error {
			time.Sleep(300 * time.Millisecond)
			if m == "a" {
				if err := o.Publish(ctx, "b"); err != nil { // what it calls must still work
					return err
				}
			}
			verdicts.Add(1)
			return nil
		}}
		subscribe(t, o, in)
		publish(t, o, "a")
		in.waits(t, 1)
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		if verdicts.Load() != 1 || len(in.all()) != 1 {
			t.Errorf("%d verdicts of %q, want one", verdicts.Load(), in.all())
		}
	}},
	{"a closed platform refuses operations", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		if err := f.Platform.Close(f.Ctx); err != nil {
			t.Fatal(err)
		}
		code(t, "publish", o.Publish(f.Ctx, "a"), bindings.Unavailable)
		_, err := o.Subscribe(f.Ctx, group, (&inbox{}).handle)
		code(t, "subscribe", err, bindings.Unavailable)
	}},
	{"nothing is lost when subscribers come and go", func(t *testing.T, f *fixture) {
		o, in := f.topic(t, messages), &inbox{}
		want := numbered("m", 60)
		for _, m := range want {
			publish(t, o, m)
		}
		in.verdict = func(context.Context, string, int) error { time.Sleep(5 * time.Millisecond); return nil }
		for n := 15; n < 60; n += 15 {
			s := subscribe(t, o, in, topic.Concurrency(2))
			in.waits(t, n)
			drain(t, s)
		}
		subscribe(t, o, in)
		in.has(t, want...)
	}},
	{"messages and dead letters outlive the platform", func(t *testing.T, f *fixture) {
		if !f.H.Reopen {
			t.Log("not durable")
			return
		}
		o := f.topic(t, messages)
		in := &inbox{verdict: failing("never", 0)}
		in.verdict = func(_ context.Context, m string, _ int) error {
			if m == "dead" {
				return bindings.Reject(errFails)
			}
			return nil
		}
		subscribe(t, o, in)
		publish(t, o, "a")
		publish(t, o, "dead")
		buried(t, o, 1)
		in.has(t, "a", "dead")
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		o = f.topic(t, messages)
		publish(t, o, "b")
		if f.abilities.Dedup {
			publish(t, o, "c", topic.ID("c"))
		}
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		o = f.topic(t, messages)
		want := []string{"b"}
		if f.abilities.Dedup {
			publish(t, o, "c", topic.ID("c"))
			want = append(want, "c")
		}
		buried(t, o, 1)
		again := &inbox{}
		subscribe(t, o, again)
		again.has(t, want...)
	}},
	{"nothing is lost when the server restarts", func(t *testing.T, f *fixture) {
		if f.H.Restart == nil {
			t.Log("no server to restart")
			return
		}
		o, in := f.topic(t, messages), &inbox{}
		in.verdict = func(context.Context, string, int) error { time.Sleep(20 * time.Millisecond); return nil }
		s := subscribe(t, o, in, topic.Lease(time.Second))
		want := numbered("m", 20)
		for _, m := range want {
			publish(t, o, m)
		}
		in.waits(t, 5)
		f.H.Restart(t, f.URL)
		until(t, func() bool { return o.Publish(f.Ctx, "after") == nil }, func() string { return "the server to take a message" })
		until(t, func() bool {
			got := map[string]bool{}
			for _, m := range in.all() {
				got[m] = true
			}
			return len(got) == len(want)+1
		}, func() string { return "all messages" })
		until(t, func() bool { return s.Err() == nil }, func() string { return "the subscription to be well" })
	}},
}

var tenantCases = []testCase{
	{"tenants do not get each other's messages", func(t *testing.T, f *fixture) {
		o, inA, inB := f.topic(t, tenants), &inbox{}, &inbox{}
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		inA.verdict = func(ctx context.Context, _ string, _ int) error {
			if tenant, _ := bindings.Tenant(ctx); tenant != "a" {
				t.Errorf("the handler's tenant is %q, want a", tenant)
			}
			return nil
		}
		subscribeAs(t, a, o, group, inA)
		subscribeAs(t, b, o, group, inB)
		for _, ctx := range []context.Context{a, b} {
			tenant, _ := bindings.Tenant(ctx)
			var options []topic.PublishOption
			if f.abilities.Dedup {
				options = append(options, topic.ID("1"))
			}
			if err := o.PublishWith(ctx, "of "+tenant, options...); err != nil {
				t.Fatal(err)
			}
		}
		inA.has(t, "of a")
		inB.has(t, "of b")
	}},
	{"tenants do not see each other's dead letters", func(t *testing.T, f *fixture) {
		o := f.topic(t, tenants)
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		subscribeAs(t, a, o, group, &inbox{verdict: rejects})
		if err := o.Publish(a, "x"); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool { return len(letters(t, a, o, group)) == 1 }, func() string { return "the dead letter" })
		if all := letters(t, b, o, group); len(all) != 0 {
			t.Errorf("tenant b has %d dead letters", len(all))
		}
		if err := o.RemoveDeadLetter(b, group, letters(t, a, o, group)[0].Letter); err != nil &&
			bindings.Code(err) != bindings.FailedPrecondition {
			t.Errorf("remove another tenant's dead letter: %v", err)
		}
		if all := letters(t, a, o, group); len(all) != 1 {
			t.Errorf("tenant a has %d dead letters after tenant b has removed it, want 1", len(all))
		}
	}},
	{"a tenant's subscription takes, pauses and ends for no other", func(t *testing.T, f *fixture) {
		o, inA, inB := f.topic(t, tenants), &inbox{}, &inbox{}
		a, b := bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b")
		paused, ended := subscribeAs(t, b, o, group, inB), subscribeAs(t, b, o, "shipping", inB)
		paused.Pause()
		drain(t, ended)
		subscribeAs(t, a, o, group, inA)
		if err := o.Publish(a, "of a"); err != nil {
			t.Fatal(err)
		}
		inA.has(t, "of a")
		paused.Resume()
		if err := o.Publish(b, "of b"); err != nil {
			t.Fatal(err)
		}
		inB.has(t, "of b")
		inA.has(t, "of a")
	}},
	{"an operation without a tenant is refused", func(t *testing.T, f *fixture) {
		for _, o := range []stringTopic{f.topic(t, tenants), f.topic(t, others, topic.PerTenant())} {
			code(t, "publish", o.Publish(f.Ctx, "a"), bindings.FailedPrecondition)
			_, err := o.Subscribe(f.Ctx, group, (&inbox{}).handle)
			code(t, "subscribe", err, bindings.FailedPrecondition)
			for _, err := range o.DeadLetters(f.Ctx, group) {
				code(t, "dead letters", err, bindings.FailedPrecondition)
			}
			code(t, "remove dead letter", o.RemoveDeadLetter(f.Ctx, group, "x"), bindings.FailedPrecondition)
		}
	}},
	{"services and bindings do not get each other's messages", func(t *testing.T, f *fixture) {
		names := []string{messages, others, foreign, odd}
		ins := map[string]*inbox{}
		for _, name := range names {
			ins[name] = &inbox{}
			subscribe(t, f.topic(t, name), ins[name])
		}
		for _, name := range names {
			publish(t, f.topic(t, name), "of "+name)
		}
		for _, name := range names {
			ins[name].has(t, "of "+name)
		}
	}},
}

// bare is a store that declares nothing.
type bare struct{ topic.Store }

func (bare) Abilities() topic.Abilities { return topic.Abilities{} }

var abilityCases = []testCase{
	{"what is not declared is refused", func(t *testing.T, f *fixture) {
		undeclaring := f.topic(t, others, topic.Wrap(func(s topic.Store) topic.Store { return bare{s} }))
		for _, c := range []struct {
			name     string
			declared bool
			option   topic.PublishOption
		}{
			{"message IDs", f.abilities.Dedup, topic.ID("1")},
			{"ordering keys", f.abilities.Order, topic.Key("k")},
			{"delays", f.abilities.Delay, topic.Delay(time.Millisecond)},
		} {
			want := bindings.OK
			if !c.declared {
				want = bindings.Unimplemented
			}
			code(t, c.name, f.topic(t, messages).PublishWith(f.Ctx, "a", c.option), want)
			code(t, c.name+" undeclared", undeclaring.PublishWith(f.Ctx, "a", c.option), bindings.Unimplemented)
		}
		in := &inbox{}
		subscribe(t, undeclaring, in)
		in.has(t)
	}},
	{"impossible subscriptions are refused", func(t *testing.T, f *fixture) {
		o := f.topic(t, messages)
		for name, option := range map[string]topic.SubscribeOption{
			"no concurrency":      topic.Concurrency(0),
			"no deliveries":       topic.MaxDeliveries(0),
			"a short lease":       topic.Lease(time.Millisecond),
			"a backoff of none":   topic.Backoff(0, time.Second),
			"a shrinking backoff": topic.Backoff(time.Second, time.Millisecond),
		} {
			_, err := o.Subscribe(f.Ctx, group, (&inbox{}).handle, option)
			code(t, name, err, bindings.FailedPrecondition)
		}
		_, err := (topic.Of[string]{}).Subscribe(f.Ctx, group, (&inbox{}).handle)
		code(t, "a topic that nobody has opened", err, bindings.FailedPrecondition)
	}},
	{"a topic that is not bound is refused when it is opened", func(t *testing.T, f *fixture) {
		_, err := topic.Open[string](f.Ctx, f.Platform, "mesages")
		code(t, "open", err, bindings.NotFound)
	}},
}
