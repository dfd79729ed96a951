package nats

import (
	"context"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// The server says nothing to who reads from a bucket that is gone. Readers whose contexts soon end
// must not go on so for ever: the bucket is made again.
func TestReadersOfBucketThatVanished(t *testing.T) {
	servers := newServers()
	url := embeddedURL(t)
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "gone", Bindings: []bindings.Binding{{Name: "c", URL: url}}}, servers.provider())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	c, err := kv.Open[string, int](t.Context(), p, "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	e, _ := servers.byPath.Load(url[len("nats+embedded:"):])
	for _, account := range e.(*embedded).conns {
		for name := range account.js.StreamNames(t.Context()).Name() {
			if err := account.js.DeleteStream(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for {
		reading, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err = c.Get(reading, "k")
		cancel()
		if bindings.Code(err) == bindings.NotFound { // there is a bucket; else the time of the test ends
			break
		}
		if code := bindings.Code(err); code != bindings.DeadlineExceeded && code != bindings.Unavailable {
			t.Fatalf("get of what vanished: %v", err)
		}
	}
	if _, err := c.Set(t.Context(), "k", 2); err != nil {
		t.Fatal(err)
	}
}
