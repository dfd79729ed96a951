package runtimehooks

import (
	"context"
	"testing"
)

// A call that passed no context gets what is in scope, and never ends.
func TestValues(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, 1))
	cancel()
	got := Values(ctx)
	if _, limited := got.Deadline(); got.Err() != nil || got.Done() != nil || limited || got.Value(key{}) != 1 {
		t.Errorf("the context is %v, ends by %v, and has %v", got, got.Err(), got.Value(key{}))
	}
	if endless := context.WithoutCancel(ctx); Values(endless) != endless {
		t.Error("a context that never ends must stay as it is")
	}
	var none context.Context
	if Values(none) != context.Background() {
		t.Error("without a context there must be one that never ends")
	}
}
