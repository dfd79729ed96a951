package runtimehooks

import (
	"context"
	"testing"
)

// stream is what holds a context, and lets calls set it.
type stream struct{ ctx context.Context }

func (s *stream) Context() context.Context { return s.ctx }
func (s *stream) Hold(ctx context.Context) { s.ctx = ctx }

// standIn is a stream of a test: it has no context.
type standIn struct{ *stream }

type contextKey struct{}

// The body sees the context that its call derives, and the caller gets its own back.
func TestWithin(t *testing.T) {
	got := record(t)
	s := new(stream)
	outer := WithHolder(context.WithValue(t.Context(), contextKey{}, "kept"), s)
	s.ctx = outer
	site := &Site{Function: function, Name: "f", Aspects: Aspects{Trace: &Trace{}}}
	inner := &Site{Function: function, Name: "inner", Aspects: Aspects{Trace: &Trace{}}}
	served(site, s, func() {
		if s.ctx == outer || s.ctx.Value(contextKey{}) != "kept" {
			t.Errorf("the body's context is %v", s.ctx)
		}
		body := s.ctx
		served(inner, s, func() {})
		if s.ctx != body {
			t.Errorf("the context after a call inside is %v", s.ctx)
		}
	})
	if s.ctx != outer {
		t.Errorf("the context after the call is %v", s.ctx)
	}
	spans := got.spans.Ended()
	if len(spans) != 2 || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("the spans are %v", spans)
	}
}

// What has no context to give costs the call its parent, and nothing else.
func TestWithinNothing(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Name: "f", Aspects: Aspects{Trace: &Trace{}}}
	for _, of := range []interface{ Context() context.Context }{nil, standIn{}, new(stream)} {
		served(site, of, func() {})
	}
	if spans := got.spans.Ended(); len(spans) != 3 {
		t.Errorf("%d spans have ended, want 3", len(spans))
	}
}

// served is a woven function.
func served(site *Site, of interface{ Context() context.Context }, body func()) {
	call := site.Call()
	call.Within(of)
	defer call.Leave()
	body()
}
