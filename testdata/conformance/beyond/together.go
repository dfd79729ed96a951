package beyond

import (
	"context"
	"fmt"

	"example.com/conformance/harness"
)

// Policies that meet, and policies that change while calls are under way.

//instrument:hedge delay=1s max=2
//instrument:breaker rate=0.5 window=4 cooldown=1s
func HedgeBreaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2
//instrument:bulkhead max=2
func HedgeBulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:recover
//instrument:hedge delay=1s max=2
func HedgeRecover(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=1/s wait=10s
//instrument:timeout 2s
func LimitTimeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s each=1s budget=0
//instrument:bulkhead max=1
func Each(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:recover
//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=panics
func FallbackPanics(ctx context.Context, work harness.Work) error { return work(ctx) }

func panics() error { panic("fallback") }

//instrument:trace
//instrument:retry attempts=3 initial=1s factor=1 jitter=0 spans=attempt budget=0
func Spans(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=2
func LiveBulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=2 cooldown=50s
func LiveBreaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=1000/s
//instrument:cache key=key ttl=1ms
//instrument:timeout 1m
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1ms
//instrument:bulkhead max=4 queue=100
func LiveAll(ctx context.Context, key string, work harness.Work) error { return work(ctx) }

// RecoversItself keeps its statements where they are, because it calls recover.
//
//instrument:limit rate=1000/s
//instrument:timeout 1s
//instrument:bulkhead max=1
func RecoversItself(ctx context.Context, work harness.Work) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("recovered: %v", value)
		}
	}()
	return work(ctx)
}

//instrument:cache key=key ttl=1m
func CacheError(ctx context.Context, key string, work harness.Work) error { return work(ctx) }

//instrument:cache key=key ttl=1m
func CacheInterface(ctx context.Context, key string, work func() fmt.Stringer) (fmt.Stringer, int, error) {
	return work(), 7, nil
}

// Store is decorated: its policies are those of whatever implements it.
//
//instrument:decorate
//instrument:retry attempts=2 initial=0s budget=0
//instrument:bulkhead max=1
type Store interface {
	Get(ctx context.Context, key string) (string, error)
}
