package main

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks"
)

type counter = atomic.Int64

// crowd counts bodies that run at once: those of one site, or of all that share a bulkhead.
type crowd struct{ running, most counter }

func (c *crowd) raise(running int64) {
	for most := c.most.Load(); running > most && !c.most.CompareAndSwap(most, running); most = c.most.Load() {
	}
}

// subject is one woven function with what its callers and callees count.
type subject struct {
	name  string
	site  *runtimehooks.Site
	woven func(*subject, context.Context, string) (receipt, error)

	keys   int  // how many keys there are; 0 for one, or for new ones all the time where the site is idempotent
	keyed  bool // limit and breaker have keys
	steady bool // no caller cancels
	store  runtimehooks.IdempotencyStore

	crowd     // of its own bodies
	shared    *crowd
	serial    counter // of keys
	sick      atomic.Bool
	bodies    counter
	fell      counter        // runs of the fallback
	successes map[string]int // of bodies by key, under the lock of counts; nil where nobody wants them
	counts    counts
}

// counts is what callers count.
type counts struct {
	sync.Mutex
	calls     int64
	ended     map[string]int64 // by error.type, "" for success
	panicked  int64
	exited    int64
	cancelled int64 // by the caller
	timedOut  int64
	limited   int64
	reached   int64 // calls of which a body has run
	retried   int64 // calls of which more than one has run
	wrong     int64 // results of another key, or none
}

// ending is how one call ended for its caller.
type ending struct {
	key       string
	result    receipt
	err       error
	value     any // of the panic
	returned  bool
	cancelled bool
	bodies    int64
}

func (s *subject) count(e ending) {
	c := &s.counts
	c.Lock()
	defer c.Unlock()
	c.calls++
	if e.cancelled {
		c.cancelled++
	}
	if e.bodies > 0 {
		c.reached++
	}
	if e.bodies > 1 {
		c.retried++
	}
	switch {
	case e.returned && e.err == nil:
		c.ended[""]++
		if e.result.Key != e.key {
			c.wrong++
		}
	case e.returned:
		c.ended[semconv.ErrorType(e.err).Value.AsString()]++
	case e.value != nil:
		c.ended["panic"]++
		c.panicked++
	default:
		c.ended["goexit"]++
		c.exited++
	}
	if t, ok := errors.AsType[*runtimehooks.TimeoutError](e.err); ok && s.site.Timeout != nil && t.After == s.site.Timeout.After {
		c.timedOut++
	}
	if errors.Is(e.err, runtimehooks.ErrLimited) {
		c.limited++
	}
}

// memory is an idempotency store.
type memory struct {
	mu     sync.Mutex
	values map[string]stored
}

type stored struct {
	value []byte
	until time.Time
}

func (m *memory) Get(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	return v.value, ok && time.Now().Before(v.until), nil
}

func (m *memory) PutIfAbsent(_ context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if v, ok := m.values[key]; ok && now.Before(v.until) {
		return false, nil
	}
	m.values[key] = stored{value, now.Add(ttl)}
	return true, nil
}

func (m *memory) CompareAndSwap(_ context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if v, ok := m.values[key]; !ok || !now.Before(v.until) || !bytes.Equal(v.value, old) {
		return false, nil
	}
	m.values[key] = stored{value, now.Add(ttl)}
	return true, nil
}

func (m *memory) CompareAndDelete(_ context.Context, key string, old []byte) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.values[key]; !ok || !time.Now().Before(v.until) || !bytes.Equal(v.value, old) {
		return false, nil
	}
	delete(m.values, key)
	return true, nil
}
