package mem_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/topic"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

func TestTopic(t *testing.T) {
	topictest.Run(t, topictest.Harness{
		Provider: mem.New().Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
		Quota:    true,
	})
}

// handled returns what a handler gets of twenty messages, in a topic with the given faults.
func handled(t *testing.T, url string) (got []string) {
	t.Helper()
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "m", URL: url}}}, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	o, err := topic.Open[string](t.Context(), p, "m")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := o.PublishWith(t.Context(), string(rune('a'+i)), topic.ID(string(rune('a'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	_, err = o.Subscribe(t.Context(), "g", func(_ context.Context, m string) error { got = append(got, m); return nil })
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	return got
}

// Faults of a topic come as often as asked for, the same ones for the same seed, and lose nothing.
func TestTopicFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := handled(t, "mem:")
		doubled := handled(t, "mem:?seed=1&duplicates=0.5")
		shuffled := handled(t, "mem:?seed=1&reordering=0.8")
		if len(doubled) <= 22 || len(doubled) > 40 {
			t.Errorf("%d messages with duplicates", len(doubled))
		}
		if slices.IsSorted(shuffled) || !slices.IsSorted(plain) {
			t.Errorf("order is %q, with faults %q", plain, shuffled)
		}
		for _, got := range [][]string{doubled, shuffled} {
			slices.Sort(got)
			if !slices.Equal(slices.Compact(got), plain) {
				t.Errorf("messages are %q, want %q", got, plain)
			}
		}
		if again := handled(t, "mem:?seed=1&duplicates=0.5"); len(again) != len(doubled) {
			t.Errorf("%d messages with the same seed, before %d", len(again), len(doubled))
		}
		lossy := handled(t, "mem:?seed=3&lost=0.2&errors=0.2&duplicates=0.2&reordering=0.5&latency=50ms")
		slices.Sort(lossy)
		if !slices.Equal(slices.Compact(lossy), plain) {
			t.Errorf("messages are %q with all faults, want %q", lossy, plain)
		}
	})
}
