package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// What is added while a platform closes would be left undone if Close knew only what was there when
// it began: a lock that nobody gives back, a database that stays open.
func TestOnCloseWhileClosing(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	var mu sync.Mutex // hooks of a later stage run at the same time
	note := func(name string, more func()) func(context.Context) error {
		return func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			if done = append(done, name); more != nil {
				more()
			}
			return nil
		}
	}
	p.OnClose(bindings.StagePublish, "flush", note("flush", nil))
	p.OnClose(bindings.StageFinish, "work", note("work", func() {
		p.OnClose(bindings.StagePublish, "late outbox", note("late outbox", nil))
		p.OnClose(bindings.StageConsume, "late consumer", note("late consumer", nil)) // of a stage that is over
		p.OnClose(bindings.StageFinish, "late work", note("late work", nil))
	}))
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{"work", "late consumer", "late work", "flush", "late outbox"}
	slices.Sort(done[3:])
	if !slices.Equal(done, want) {
		t.Errorf("done: %q, want %q", done, want)
	}
}

// Whatever does not end, Close does, within its time: all that takes long has it at the same time,
// and what comes after it has a share of its own. The clock is that of the bubble.
func TestCloseWithinItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders",
			Bindings: []bindings.Binding{{Name: "a", URL: "fake://a"}, {Name: "b", URL: "fake://b"}}}, f.provider())
		if err != nil {
			t.Fatal(err)
		}
		hang := make(chan struct{})
		defer close(hang)
		stuck := func(context.Context) error { <-hang; return nil }
		heeding := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, name := range []string{"x", "y", "z"} {
			p.OnClose(bindings.StageFinish, "drain "+name, stuck)
		}
		var begun time.Time
		p.OnClose(bindings.StageFinish, "drain of one that works", func(context.Context) error { begun = time.Now(); return nil })
		p.OnClose(bindings.StagePublish, "locks", func(ctx context.Context) error { f.note("unlock"); return ctx.Err() })
		p.OnClose(bindings.StagePublish, "outbox", heeding)
		link, err := p.Lookup("a", bindings.KV)
		if err != nil {
			t.Fatal(err)
		}
		if err := link.Enter(); err != nil { // an operation that does not end either
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err = p.Close(ctx)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("close took %v of 20s", took)
		}
		if begun != start {
			t.Errorf("a drain began %v after the others", begun.Sub(start))
		}
		slices.Sort(f.log)
		if want := []string{"close a", "close b", "unlock"}; !slices.Equal(f.log, want) {
			t.Errorf("with stuck handlers it did %q, want %q", f.log, want)
		}
		want := []string{"close drain z: it has not ended in time, and is left behind", "close drain y: it has not ended in time, and is left behind",
			"close drain x: it has not ended in time, and is left behind", "close outbox: context deadline exceeded",
			"wait for operations under way: context deadline exceeded"}
		if got := strings.Split(fmt.Sprint(err), "\n"); !slices.Equal(got, want) {
			t.Errorf("close is %q, want %q", got, want)
		}
	})
}

// What comes after all stages is done at once, and Close tells its failure while it can.
func TestOnCloseAfterStages(t *testing.T) {
	f := &fake{}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "fake://a"}}}, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	link, err := p.Lookup("a", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Enter(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- p.Close(context.Background()) }()
	for link.Enter() == nil { // until Close waits for the operation
		link.Leave()
	}
	p.OnClose(bindings.StageStores, "database", func(context.Context) error { f.note("close database"); return errors.New("lost") })
	link.Leave()
	if err := <-closed; err == nil || err.Error() != "close database: lost" {
		t.Errorf("close is %v, want what failed", err)
	}
	p.OnClose(bindings.StageConsume, "consumer", func(context.Context) error { f.note("pause"); return nil })
	if want := []string{"close database", "close a", "pause"}; !slices.Equal(f.log, want) {
		t.Errorf("order is %q, want %q", f.log, want)
	}
}

// unhashable is a connection that cannot be the key of a map.
type unhashable struct{ replicas []error }

func (c unhashable) Ping(context.Context) error  { return errors.Join(c.replicas...) }
func (c unhashable) Close(context.Context) error { return nil }

// What type a provider has for its connections is its own affair.
func TestHealthOfAnyConnection(t *testing.T) {
	provider := &bindings.Provider{Name: "replicated", Schemes: []string{"replicated"}, Kinds: []bindings.Kind{bindings.KV}, Late: true,
		Open: func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
			if target.URL.Host == "down" {
				return unhashable{[]error{bindings.Unavailable}}, nil
			}
			return unhashable{}, nil
		}}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "a", URL: "replicated://up"}, {Name: "b", URL: "replicated://down"}, {Name: "c", URL: "replicated://up"}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	var got []bindings.ErrorCode
	for _, h := range p.Health(t.Context()) {
		got = append(got, bindings.Code(h.Err))
	}
	if want := []bindings.ErrorCode{bindings.OK, bindings.Unavailable, bindings.OK}; !slices.Equal(got, want) {
		t.Errorf("health is %v, want %v", got, want)
	}
}
