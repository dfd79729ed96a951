// Package shapes has functions whose signatures and names are unlike those of other packages, with many policies at once.
package shapes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/conformance/harness"
)

// What woven code may want to call so.
var (
	call, won, instrumentCall = "call", "won", "instrumentCall"
)

//instrument:limit rate=1000000/s
//instrument:fallback func=unnamedInstead
//instrument:timeout 1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1ms
//instrument:bulkhead max=100
func Unnamed(context.Context, string, int) (string, error) {
	return call + won + instrumentCall, harness.ErrBoom
}

func unnamedInstead(s string, n int, err error) (string, error) {
	return fmt.Sprint(s, n, errors.Is(err, harness.ErrBoom)), nil
}

// Blank has parameters without names, and one that the fallback takes.
//
//instrument:fallback func=blankInstead
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
func Blank(_ context.Context, _ int, _ string) (_ int, _ error) { return 0, harness.ErrBoom }

func blankInstead(n int) (int, error) { return n + 1, nil }

// Names has parameters and results with the names that woven code would choose.
//
//instrument:limit rate=1000000/s key=key
//instrument:cache key=key key=v ttl=1m
//instrument:fallback func=namesInstead
//instrument:timeout 1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1ms key=ok
//instrument:bulkhead max=100
func Names(ctx context.Context, key string, v int, ok bool, call func() (int, error), won, h0, r0, instrumentCall, instrumentContext string) (err int, r1 string, c error) {
	err, c = call()
	r1 = key + won + h0 + r0 + instrumentCall + instrumentContext
	return
}

func namesInstead(key string, v int, won, h0, r0, instrumentCall, instrumentContext string, err error) (int, string, error) {
	return v, key + won + " instead", nil
}

// Shadows has parameters that hide packages and predeclared names.
//
//instrument:cache key=string ttl=1m
//instrument:fallback func=shadowsInstead
//instrument:timeout 1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
//instrument:bulkhead max=100
func Shadows(context context.Context, error func() error, string string, nil, true, any, harness int) (_ int, _ error) {
	return nil + true + any + harness + len(string), error()
}

func shadowsInstead() (int, error) { return -1, nil }

// ContextLast has its context at the end, and its error at the beginning.
//
//instrument:timeout 1s err=0
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0 err=0
//instrument:bulkhead max=100
func ContextLast(work harness.Work, ctx context.Context) (error, int) { return work(ctx), 7 }

// Variadic has a variadic parameter, which keys are made of.
//
//instrument:limit rate=1000000/s key=kind
//instrument:cache key=kind ttl=1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
func Variadic(ctx context.Context, kind string, words ...string) (string, error) {
	return strings.Join(words, kind), ctx.Err()
}

// Results has results of many kinds.
//
//instrument:cache key=key ttl=1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
func Results(ctx context.Context, key string) (n int, s []byte, m map[string]int, p *int, a [2]int, st struct{ X int }, err error) {
	defer func() { n++ }()
	n = 1
	return 2, []byte("x"), map[string]int{"x": 1}, &n, [2]int{1, 2}, struct{ X int }{4}, nil
}

// Failure is an error type of its own.
type Failure struct{ Code int }

func (f *Failure) Error() string { return fmt.Sprint("code ", f.Code) }

// Changes changes its parameters: each attempt, and each branch, begins with those of the caller.
//
//instrument:hedge delay=1s max=2
//instrument:retry attempts=3 initial=0s budget=0
func Changes(ctx context.Context, n int, list []int, work func(context.Context, int, int) error) (int, error) {
	n++
	list = append(list, n)
	return n, work(ctx, n, len(list))
}

// Generic is a method of a generic type with many policies.
type Generic[K comparable, V any] struct {
	Key  K
	Work func(context.Context) (V, error)
}

//instrument:limit rate=1000000/s
//instrument:fallback func=g.instead
//instrument:timeout 1m
//instrument:hedge delay=1m
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1ms
//instrument:bulkhead max=100
func (g *Generic[K, V]) Get(ctx context.Context) (K, V, error) {
	v, err := g.Work(ctx)
	return g.Key, v, err
}

func (g *Generic[K, V]) instead(err error) (K, V, error) {
	var zero V
	return g.Key, zero, nil
}

// Request is a parameter that may be nil, with a key in it.
type Request struct {
	Tenant *Tenant
	ID     string
}

// Tenant has a name.
type Tenant struct{ Name string }

//instrument:limit rate=2/s key=req.Tenant.Name
func GuardedLimit(ctx context.Context, req *Request) error { return nil }

//instrument:breaker failures=2 cooldown=1s key=req.Tenant.Name
func GuardedBreaker(ctx context.Context, req *Request, work harness.Work) error { return work(ctx) }

//instrument:cache key=req.Tenant.Name key=req.ID ttl=1m
func GuardedCache(ctx context.Context, req *Request, work harness.Work) (int, error) {
	return 1, work(ctx)
}

//instrument:bulkhead pool max=2
func Pooled(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead pool max=2
func PooledToo(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s if=retryable unless=final budget=0
func Conditions(ctx context.Context, work harness.Work) error { return work(ctx) }

func retryable(err error) bool { return errors.Is(err, harness.ErrBoom) }

func final(err error) bool { _, ok := errors.AsType[*Failure](err); return ok }
