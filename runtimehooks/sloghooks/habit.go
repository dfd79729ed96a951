package sloghooks

import (
	"context"
	"log/slog"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// habit is what is known of a handler, and of all that were made from it.
type habit struct{ known atomic.Int32 }

const (
	unknown int32 = iota // it has handled no record in a span
	adds                 // it does not ask the context for its span, so the ids are added here
	asks                 // it asks, and adds what it finds itself
)

func newHabit(known int32) *habit {
	h := new(habit)
	h.known.Store(known)
	return h
}

func (h *habit) is(known int32) bool { return h.known.Load() == known }

// learn notes what a first record has shown.
func (h *habit) learn(known int32) { h.known.CompareAndSwap(unknown, known) }

// watched is a context that notes whether a handler asks it for its span.
type watched struct {
	context.Context
	habit *habit
}

// Value implements [context.Context].
func (w *watched) Value(key any) any {
	if t := reflect.TypeOf(key); t != nil && t.PkgPath() == "go.opentelemetry.io/otel/trace" {
		w.habit.known.Store(asks)
	}
	return w.Context.Value(key)
}

// unlessAsked is an attribute without a key, which stands for those in it: the ids, or none if the
// handler has asked for the span by the time at which the attribute is written.
type unlessAsked struct {
	habit *habit
	span  trace.SpanContext
}

// LogValue implements [slog.LogValuer].
func (u unlessAsked) LogValue() slog.Value {
	if u.habit.is(asks) {
		return slog.GroupValue()
	}
	return slog.GroupValue(slog.String(TraceID, u.span.TraceID().String()), slog.String(SpanID, u.span.SpanID().String()))
}
