package nats

import (
	"context"
	"net/url"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// write writes a configuration by a connection of its own, as another program does.
func write(t *testing.T, text string, space bindings.Space, value string) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c, err := Provider.Open(ctx, bindings.Target{URL: u})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	bucket, err := c.(kv.Opener).OpenKV(ctx, space)
	if err != nil {
		t.Fatal(err)
	}
	if value == "" {
		err = bucket.Delete(ctx, documentKey, 0)
	} else {
		_, err = bucket.Set(ctx, documentKey, []byte(value), kv.Write{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestConfig(t *testing.T) {
	needServer(t)
	configtest.Run(t, configtest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Write:    write,
		Clean:    clean,
	})
}

func TestConfigEmbedded(t *testing.T) {
	configtest.Run(t, configtest.Harness{Provider: Provider, URL: embeddedURL, Write: write})
}

// What the documentation says of how a program writes a configuration must be so: nothing else can
// where a server is embedded.
func TestConfigIsWrittenAsKV(t *testing.T) {
	p := platform(t, "nats+embedded:", "limits")
	ctx := bindings.WithTenant(t.Context(), "a")
	limits, err := config.Open[int](ctx, p, "limits")
	if err != nil {
		t.Fatal(err)
	}
	documents, err := kv.Open[string, []byte](ctx, p, "limits", kv.Codec(bindings.Raw{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := documents.Set(ctx, "document", []byte("7")); err != nil {
		t.Fatal(err)
	}
	if got, err := limits.Get(ctx); err != nil || got != 7 {
		t.Errorf("configuration is %v, %v; want 7", got, err)
	}
	if _, err := limits.Get(bindings.WithTenant(ctx, "b")); bindings.Code(err) != bindings.NotFound {
		t.Errorf("configuration of another tenant: %v", err)
	}
}
