package bindings_test

import (
	"context"
	"errors"
	"slices"
	"testing"

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
	note := func(name string, more func()) func(context.Context) error {
		return func(context.Context) error {
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
	want := []string{"work", "late consumer", "late work", "late outbox", "flush"}
	if !slices.Equal(done, want) {
		t.Errorf("done: %q, want %q", done, want)
	}
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
