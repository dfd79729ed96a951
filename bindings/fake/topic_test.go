package fake_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// chain subscribes handlers that pass messages on, from one topic to the next: "a" to "b" to "c".
func chain(t *testing.T, p *bindings.Platform, do func(n int) error) {
	t.Helper()
	for _, way := range [][2]string{{"a", "b"}, {"b", "c"}} {
		to, err := topic.Open[int](t.Context(), p, way[1])
		if err != nil {
			t.Fatal(err)
		}
		err = topic.Handle(t.Context(), p, way[0], "g", func(ctx context.Context, n int) error {
			if err := do(n); err != nil {
				return err
			}
			return to.Publish(ctx, n+1)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Settle waits for what handlers publish, too, whatever the number of times it is tried.
func TestSettle(t *testing.T) {
	for range 200 {
		p := fake.Platform(t)
		chain(t, p, func(int) error { return nil })
		fake.Publish(t, p, "a", 1, 10, 100)
		fake.Settle(t, p)
		if got := fake.Published[int](t, p, "c"); !slices.Equal(got, []int{3, 12, 102}) {
			t.Fatalf("published: %v", got)
		}
	}
}

// In a bubble, waiting for another delivery takes no time, and what is left to do is reported when
// it does not end.
func TestSettleInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake.Platform(t)
		calls := 0
		chain(t, p, func(n int) error {
			if calls++; n == 1 && calls < 4 {
				return errors.New("not now")
			}
			return nil
		})
		fake.Publish(t, p, "a", 1)
		began := time.Now()
		fake.Settle(t, p)
		if got := fake.Published[int](t, p, "c"); !slices.Equal(got, []int{3}) || time.Since(began) != 7*time.Second {
			t.Errorf("published after %v: %v", time.Since(began), got)
		}
		later, err := topic.Open[int](t.Context(), p, "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := later.PublishWith(t.Context(), 5, topic.Delay(time.Hour)); err != nil {
			t.Fatal(err)
		}
		fake.Settle(t, p) // not for an hour
		if n := len(fake.Published[int](t, p, "c")); n != 1 {
			t.Errorf("%d messages before the delay is over", n)
		}
		time.Sleep(time.Hour)
		fake.Settle(t, p)
		if n := len(fake.Published[int](t, p, "c")); n != 2 {
			t.Errorf("%d messages after the delay", n)
		}
	})
}

// A handler that always fails is reported by its group, and when it has given up all is settled.
func TestSettleFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake.Platform(t)
		chain(t, p, func(int) error { return errors.New("never") })
		fake.Publish(t, p, "a", 1)
		wants(t, failing(t, func(t testing.TB) { fake.Settle(t, p) }),
			"settle: after 10s: subscriptions still have something to do: group g of a has 1 not done, of which one was delivered 4 times")
		fake.SettleWithin(t, p, time.Hour)
		a, err := topic.Open[int](t.Context(), p, "a")
		if err != nil {
			t.Fatal(err)
		}
		for letter, err := range a.DeadLetters(t.Context(), "g") {
			if letter.Message != 1 || err != nil {
				t.Errorf("dead letter: %v, %v", letter, err)
			}
			return
		}
		t.Error("there is no dead letter")
	})
}

// Nobody waits for a subscription that is over, or for a message that nobody wants.
func TestSettleWithoutSubscribers(t *testing.T) {
	p := fake.Platform(t)
	o, err := topic.Open[int](t.Context(), p, "a")
	if err != nil {
		t.Fatal(err)
	}
	fake.Publish(t, p, "a", 1)
	fake.Settle(t, p)
	sub, err := o.Subscribe(t.Context(), "g", nothing)
	if err != nil {
		t.Fatal(err)
	}
	fake.Settle(t, p)
	if err := sub.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	fake.Publish(t, p, "a", 2)
	fake.Settle(t, p)
}

// Subscriptions wait for the platform if the test says so.
func TestUnstarted(t *testing.T) {
	p := fake.Platform(t, fake.Unstarted())
	chain(t, p, func(int) error { return nil })
	fake.Publish(t, p, "a", 1)
	fake.Settle(t, p)
	if n := len(fake.Published[int](t, p, "b")); n != 0 {
		t.Errorf("%d messages were handled before the start", n)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	fake.Settle(t, p)
	if got := fake.Published[int](t, p, "c"); !slices.Equal(got, []int{3}) {
		t.Errorf("published: %v", got)
	}
}

// Everything that lives in a platform lives in the bubble: timers, watches, heartbeats.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := fake.NewKV[string, int](t)
		if _, err := store.Set(t.Context(), "a", 1, kv.TTL(time.Hour)); err != nil {
			t.Fatal(err)
		}
		lease, err := fake.NewLocks(t).Try(t.Context(), "job")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if _, err := store.Get(t.Context(), "a"); !errors.Is(err, bindings.NotFound) || !lease.Held() {
			t.Errorf("after an hour: %v, held: %t", err, lease.Held())
		}
		if err := fake.NewTopic[int](t).Publish(t.Context(), 1); err != nil {
			t.Error(err)
		}
		if _, err := fake.NewBucket(t).WriteAll(t.Context(), "a", nil); err != nil {
			t.Error(err)
		}
		if s, err := fake.NewSource(t, "x").Get(t.Context()); s.Reveal() != "x" || err != nil || fake.NewSecret("x").Reveal() != "x" {
			t.Errorf("secret: %q, %v", s.Reveal(), err)
		}
	})
}

// A secret and a configuration can change under the service.
func TestSet(t *testing.T) {
	p := fake.Platform(t, fake.Config("limits", limits{Items: 1}), fake.Secret("key", "old"))
	o, err := config.Open[limits](t.Context(), p, "limits")
	if err != nil {
		t.Fatal(err)
	}
	var seen []int
	for s, err := range o.Watch(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = append(seen, s.Value.Items); len(seen) == 3 {
			break
		}
		fake.SetConfig(t, p, "limits", limits{Items: len(seen) * 10})
	}
	if !slices.Equal(seen, []int{1, 10, 20}) {
		t.Errorf("seen: %v", seen)
	}
	fake.SetSecret(t, p, "key", "new")
	if s, err := p.Lookup("key", bindings.Secret); err != nil {
		t.Fatal(err)
	} else if text, _, err := s.Conn().(bindings.SecretConn).ReadSecret(t.Context(), bindings.Space{Namespace: "test", Binding: "key"}); text != "new" || err != nil {
		t.Errorf("secret: %q, %v", text, err)
	}
}
