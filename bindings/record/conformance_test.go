package record_test

import (
	"io"
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob/blobtest"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/record"
	"github.com/instrumentgo/instrument/bindings/secret/secrettest"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// harness is memory that is recorded.
func harness(t *testing.T) providertest.Harness {
	m := mem.New()
	rec := record.New(io.Discard)
	t.Cleanup(func() {
		if err := rec.Err(); err != nil {
			t.Error(err)
		}
	})
	return providertest.Harness{
		Provider: rec.Wrap(m.Provider()),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
		Quota:    true,
		Write: func(_ *testing.T, _ string, space bindings.Space, value string) {
			if value == "" {
				m.Remove(space)
			} else {
				m.Set(space, value)
			}
		},
		Empty: func(_ *testing.T, _ string, space bindings.Space) { m.Set(space, "") },
	}
}

// A provider that is recorded keeps every promise of its kinds.
func TestKV(t *testing.T)     { kvtest.Run(t, harness(t)) }
func TestTopic(t *testing.T)  { topictest.Run(t, harness(t)) }
func TestLock(t *testing.T)   { locktest.Run(t, harness(t)) }
func TestBlob(t *testing.T)   { blobtest.Run(t, harness(t)) }
func TestSecret(t *testing.T) { secrettest.Run(t, documents(t)) }
func TestConfig(t *testing.T) { configtest.Run(t, documents(t)) }

// documents is the harness for what is changed from outside, which a bubble does not allow.
func documents(t *testing.T) providertest.Harness {
	h := harness(t)
	h.Around = nil
	return h
}
