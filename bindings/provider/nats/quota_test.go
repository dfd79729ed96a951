package nats

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// reopened opens the tenants binding "carts" of a folder with other options than before.
func reopened(t *testing.T, url string, do func(ctx context.Context, p *bindings.Platform)) {
	t.Helper()
	p := platform(t, url, "carts")
	do(bindings.WithTenant(t.Context(), "a"), p)
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// A quota that an environment gets later is one of the bucket that exists, which loses nothing by
// it; and one that is taken out of the environment stays, as an operator's would.
func TestQuotaOfABucketThatExists(t *testing.T) {
	url, value := embeddedURL(t), strings.Repeat("v", 10_000)
	set := func(ctx context.Context, p *bindings.Platform, key string) error {
		carts, err := kv.Open[string, string](ctx, p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		_, err = carts.Set(ctx, key, value)
		if err == nil {
			_, err = carts.Get(ctx, "1")
		}
		return err
	}
	reopened(t, url, func(ctx context.Context, p *bindings.Platform) {
		for _, key := range []string{"1", "2", "3"} {
			if err := set(ctx, p, key); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, options := range []string{"?quota=20kB", ""} {
		reopened(t, url+options, func(ctx context.Context, p *bindings.Platform) {
			if err := set(ctx, p, "4"); bindings.Code(err) != bindings.ResourceExhausted {
				t.Errorf("set with %q: %v, want that the quota is reached", options, err)
			}
			if err := set(ctx, p, "1"); err != nil {
				t.Errorf("set of what is there with %q: %v", options, err)
			}
		})
	}
	reopened(t, url+"?quota=1MiB", func(ctx context.Context, p *bindings.Platform) {
		if err := set(ctx, p, "4"); err != nil {
			t.Errorf("set with a greater quota: %v", err)
		}
	})
}

// Where room is dear, marks of deletions must not take it for a day.
func TestMarksGoSoonWhereThereIsAQuota(t *testing.T) {
	for options, want := range map[string]time.Duration{"": remembered, "?quota=1MiB": rememberedWithQuota} {
		reopened(t, embeddedURL(t)+options, func(ctx context.Context, p *bindings.Platform) {
			carts, err := kv.Open[string, string](ctx, p, "carts")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := carts.Set(ctx, "k", "v"); err != nil {
				t.Fatal(err)
			}
			if err := carts.Delete(ctx, "k"); err != nil {
				t.Fatal(err)
			}
			stream := streamOf(t, p, "KV_carts")
			if got := stream.CachedInfo().Config.SubjectDeleteMarkerTTL; got != want {
				t.Errorf("marks of expiries live %v with %q, want %v", got, options, want)
			}
			msg, err := stream.GetLastMsgForSubject(ctx, "$KV.carts.k")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := time.ParseDuration(msg.Header.Get("Nats-TTL")); err != nil || got != want {
				t.Errorf("marks of deletions live %v, %v with %q, want %v", got, err, options, want)
			}
		})
	}
}

// A topic that takes delayed messages cannot have a quota, which must be said and not passed over.
func TestQuotaOfATopicThatWasMadeWithout(t *testing.T) {
	url := embeddedURL(t)
	open := func(ctx context.Context, p *bindings.Platform) error {
		placed, err := topic.Open[string](ctx, p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		return placed.Publish(ctx, "m")
	}
	reopened(t, url, func(ctx context.Context, p *bindings.Platform) {
		if err := open(ctx, p); err != nil {
			t.Fatal(err)
		}
	})
	reopened(t, url+"?quota=1MiB", func(ctx context.Context, p *bindings.Platform) {
		err := open(ctx, p)
		if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), "stream TOPIC_carts must be recreated") {
			t.Errorf("publish is %v, want what must be done", err)
		}
	})
}

// streamOf returns a stream of tenant a.
func streamOf(t *testing.T, p *bindings.Platform, name string) jetstream.Stream {
	t.Helper()
	link, err := p.Lookup("carts", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := link.Conn().(*embedded).space(bindings.Space{Namespace: "orders", Binding: "carts", Tenant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}
