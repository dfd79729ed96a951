package main

import (
	"context"
	"errors"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// receipt is what the functions return.
type receipt struct {
	Key      string
	Fallback bool
}

// The functions of this file are what the tool makes of plain ones. A function has the lines of
// every aspect; those of the aspects that its site does not have do nothing, and the tool would
// leave them out.

// attempts has the attempt shape.
func (s *subject) attempts(ctx context.Context, key string) (r0 receipt, err error) {
	call := runtimehooks.Call{Site: s.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, s.key(key)) {
		return
	}
	if s.site.Idempotent != nil && !call.Claim(&err, s.store, call.ClaimKey(key), &r0) {
		return
	}
	if v, ok := call.Cached(&err, call.Key().Text(key)); ok {
		r0, _ = v[0].(receipt)
		return
	}
	call.Keyed(s.key(key))
	ctx = call.Start(ctx)
	for call.Next(&err) {
		r0, err = func(ctx context.Context, key string) (receipt, error) {
			return s.body(ctx, key)
		}(call.Context(), key)
	}
	if call.Fallback(&err) {
		r0, err = s.fallback(call.Outer(), key, err)
	}
	call.Keep(&err, r0)
	call.Settle(&err, &r0)
	return
}

// hedged has the attempt shape with a hedge.
func (s *subject) hedged(ctx context.Context, key string) (r0 receipt, err error) {
	call := runtimehooks.Call{Site: s.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, s.key(key)) {
		return
	}
	if v, ok := call.Cached(&err, call.Key().Text(key)); ok {
		r0, _ = v[0].(receipt)
		return
	}
	call.Keyed(s.key(key))
	ctx = call.Start(ctx)
	err = call.Hedge(func(call *runtimehooks.Call, ctx context.Context) (won func(), err error) {
		var h0 receipt
		for call.Next(&err) {
			h0, err = func(ctx context.Context, key string) (receipt, error) {
				return s.body(ctx, key)
			}(call.Context(), key)
		}
		return func() { r0 = h0 }, err
	})
	if call.Fallback(&err) {
		r0, err = s.fallback(call.Outer(), key, err)
	}
	call.Keep(&err, r0)
	return
}

// prologue has the prologue shape.
func (s *subject) prologue(ctx context.Context, key string) (r0 receipt, err error) {
	call := runtimehooks.Call{Site: s.site}
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, s.key(key)) {
		return
	}
	call.Keyed(s.key(key))
	ctx = call.Start(ctx)
	if !call.Allow(&err) {
		return
	}
	return s.body(ctx, key)
}

// key is the key of limit and breaker.
func (s *subject) key(key string) (k runtimehooks.Key) {
	if s.keyed {
		k = k.Text(key)
	}
	return k
}

var errNoAnswer = errors.New("no answer")

// fallback answers, more often than not.
func (s *subject) fallback(_ context.Context, key string, err error) (receipt, error) {
	s.fell.Add(1)
	if chance(20) {
		return receipt{}, errNoAnswer
	}
	return receipt{key, true}, nil
}
