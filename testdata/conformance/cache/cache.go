// Package cache has functions woven with caches.
package cache

import (
	"context"

	"example.com/conformance/harness"
)

// Value is what the cached functions compute.
type Value = func(context.Context) (string, error)

//instrument:cache key=key ttl=1m
func Get(ctx context.Context, key string, work Value) (string, error) { return work(ctx) }

//instrument:cache key=tenant key=id ttl=1m
func GetTwo(ctx context.Context, tenant, id string, work Value) (string, error) { return work(ctx) }

//instrument:cache key=key ttl=1m negative=true
func Negative(ctx context.Context, key string, work Value) (string, error) { return work(ctx) }

//instrument:cache key=key ttl=1m
//instrument:fallback func=instead
func Fallback(ctx context.Context, key string, work Value) (string, error) { return work(ctx) }

func instead() (string, error) { return "fallback", nil }

//instrument:cache key=req.ID ttl=1m
func Guarded(ctx context.Context, req *Request, work harness.Work) (*Request, error) {
	return req, work(ctx)
}

// Request has a key.
type Request struct{ ID string }
