package fake

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// NewKV returns an empty store.
func NewKV[K, V any](t testing.TB, options ...kv.Option) kv.Of[K, V] {
	t.Helper()
	o, err := kv.Open[K, V](t.Context(), Platform(t), "kv", options...)
	must(t, err)
	return o
}

// NewTopic returns a topic without messages.
func NewTopic[T any](t testing.TB, options ...topic.Option) topic.Of[T] {
	t.Helper()
	o, err := topic.Open[T](t.Context(), Platform(t), "topic", options...)
	must(t, err)
	return o
}

// NewBucket returns an empty bucket.
func NewBucket(t testing.TB, options ...blob.Option) blob.Bucket {
	t.Helper()
	b, err := blob.Open(t.Context(), Platform(t), "bucket", options...)
	must(t, err)
	return b
}

// NewLocks returns locks that nobody holds.
func NewLocks(t testing.TB, options ...lock.Option) lock.Locks {
	t.Helper()
	l, err := lock.Open(t.Context(), Platform(t), "locks", options...)
	must(t, err)
	return l
}

// NewSecret returns a secret of that text.
func NewSecret(text string) secret.Secret { return secret.New(text, "1") }

// NewSource returns the source of a secret of that text.
func NewSource(t testing.TB, text string, options ...secret.Option) secret.Source {
	t.Helper()
	s, err := secret.Open(t.Context(), Platform(t, Secret("secret", text)), "secret", options...)
	must(t, err)
	return s
}

// NewConfig returns a configuration of that value, which is written as [Config] does.
func NewConfig[T any](t testing.TB, value T, options ...config.Option[T]) config.Of[T] {
	t.Helper()
	o, err := config.Open(t.Context(), Platform(t, Config("config", value)), "config", options...)
	must(t, err)
	return o
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
