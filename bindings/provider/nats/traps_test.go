package nats

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// The suites let an ability that is not declared pass. An embedded server must have them all: it is
// the one of this module, and a bucket that were made without LimitMarkerTTL, as package jetstream
// does, would have no times to live.
func TestEmbeddedDeclaresEverything(t *testing.T) {
	for _, url := range []string{"nats+embedded:", embeddedURL(t)} {
		p := platform(t, url, "carts")
		ctx := bindings.WithTenant(t.Context(), "a")
		carts, err := kv.Open[string, string](ctx, p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		a, err := carts.Abilities(ctx)
		if want := (kv.Abilities{TTL: true, Granularity: time.Second, CompareAndSwap: true, Increment: true, Watch: true, Ordered: true, Sorted: true,
			ReadYourWrites: true, MaxValue: a.MaxValue}); err != nil || a.MaxValue < 1e6 || !reflect.DeepEqual(a, want) {
			t.Errorf("%s declares %+v, %v", url, a, err)
		}
		placed, err := topic.Open[string](ctx, p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		b, err := placed.Abilities(ctx)
		if want := (topic.Abilities{Dedup: true, Order: true, Delay: true, DelayGranularity: time.Second, MaxData: b.MaxData}); err != nil ||
			b.MaxData < 1e6 || !reflect.DeepEqual(b, want) {
			t.Errorf("topics of %s declare %+v, %v", url, b, err)
		}
	}
}

// A server that keeps files must write them before it answers, and not two minutes later: only a
// power failure would show. One in memory must not.
func TestEmbeddedSyncsEveryWrite(t *testing.T) {
	for url, want := range map[string]bool{"nats+embedded:": false, embeddedURL(t): true} {
		link, err := platform(t, url, "carts").Lookup("carts", bindings.KV)
		if err != nil {
			t.Fatal(err)
		}
		if got := link.Conn().(*embedded).running.Load().JetStreamConfig().SyncAlways; got != want {
			t.Errorf("%s syncs every write: %v, want %v", url, got, want)
		}
	}
}

// The trap that this package is built around: jetstream's own update makes an entry live for ever.
// If this fails, the client has learned, and publishing by hand may go.
func TestTheClientsUpdateForgetsTheTime(t *testing.T) {
	p := platform(t, "nats+embedded:", "invoices")
	link, err := p.Lookup("invoices", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := link.Conn().(*embedded).space(bindings.Space{Namespace: "orders", Tenant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := c.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "locks", LimitMarkerTTL: time.Hour, Storage: jetstream.MemoryStorage})
	if err != nil {
		t.Fatal(err)
	}
	r, err := bucket.Create(t.Context(), "k", nil, jetstream.KeyTTL(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Update(t.Context(), "k", nil, r); err != nil {
		t.Fatal(err)
	}
	stream, err := c.js.Stream(t.Context(), "KV_locks")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetLastMsgForSubject(t.Context(), "$KV.locks.k")
	if err != nil || msg.Header.Get("Nats-TTL") != "" {
		t.Errorf("message is %v, %v; want one without a time to live", msg, err)
	}
}

// In a cluster who writes must read it at once, whichever server is asked, since that is what a
// bucket that this package makes declares; and one that others made so that any replica answers
// must not declare it.
func TestClusterReadsItsWrites(t *testing.T) {
	addresses := startCluster(t)
	var stores []kv.Of[string, int]
	for _, address := range addresses {
		env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "nats://" + address + "?replicas=3"}}}
		p, err := bindings.Open(t.Context(), env, Provider)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close(context.Background()) })
		s, err := kv.Open[string, int](t.Context(), p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := s.Abilities(t.Context()); err != nil || !a.ReadYourWrites || !a.TTL {
			t.Errorf("a bucket on three servers declares %+v, %v", a, err)
		}
		stores = append(stores, s)
	}
	for i := range 300 {
		if _, err := stores[i%3].Set(t.Context(), "k", i); err != nil {
			t.Fatal(err)
		}
		var err error
		if i%2 == 0 {
			err = stores[i%3].Delete(t.Context(), "list/a")
		} else {
			_, err = stores[i%3].Set(t.Context(), "list/a", i)
		}
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range stores {
			if got, err := s.Get(t.Context(), "k"); err != nil || got != i {
				t.Fatalf("server %d reads %d, %v after %d was written", j, got, err, i)
			}
			if got := len(slices.Collect(first(s.Keys(t.Context(), "list/")))); got != i%2 {
				t.Fatalf("server %d lists %d keys, want %d", j, got, i%2)
			}
		}
	}
	total, err := stores[1].Increment(t.Context(), "k", 1)
	if err != nil || total != 300 {
		t.Errorf("increment is %d, %v", total, err)
	}

	c, err := connect(bindings.Target{URL: mustParse(t, "nats://"+addresses[0])}, 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.(*conn).js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "orders__others", Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	others, err := c.(kv.Opener).OpenKV(t.Context(), bindings.Space{Namespace: "orders", Binding: "others"})
	if err != nil {
		t.Fatal(err)
	}
	if others.Abilities().ReadYourWrites {
		t.Error("a bucket where any replica answers declares that a read sees the writes before")
	}
}

// first are the first values of pairs.
func first[A, B any](pairs iter.Seq2[A, B]) iter.Seq[A] {
	return func(yield func(A) bool) {
		for a := range pairs {
			if !yield(a) {
				return
			}
		}
	}
}
