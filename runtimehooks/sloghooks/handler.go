package sloghooks

import (
	"context"
	"log/slog"
	"reflect"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The attributes that a record gets, as OpenTelemetry names them for formats other than its own.
const (
	TraceID = "trace_id" // 32 hexadecimal digits
	SpanID  = "span_id"  // 16 hexadecimal digits
)

// Wrap returns a handler whose records have the ids of their context's span at the top. A handler
// that is wrapped already, or that sends records to OpenTelemetry itself, is returned as it is.
func Wrap(h slog.Handler) slog.Handler {
	if _, ours := h.(*handler); ours || h == nil || process.Off() {
		return h
	}
	switch packageOf(h) {
	case "go.opentelemetry.io/contrib/bridges/otelslog":
		return h
	case "log/slog":
		if isStandard(h) {
			h = newStandard(h)
		}
		return &handler{next: h, habit: newHabit(adds)}
	}
	return &handler{next: h, habit: newHabit(unknown)}
}

// packageOf returns the import path of the package that declares a handler's type.
func packageOf(h slog.Handler) string {
	t := reflect.TypeOf(h)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// handler adds the ids. Groups qualify all that comes after them, so from the first one on it keeps
// what a logger was made with, and puts that into the record beside the ids.
type handler struct {
	next  slog.Handler // with all attributes and groups
	top   slog.Handler // next before the first group; nil without groups
	since []step       // attributes and groups from the first group on
	named bool         // the attributes before it have a trace_id
	*habit
}

// step is one call of WithGroup, or of WithAttrs.
type step struct {
	group string // "" for attributes
	attrs []slog.Attr
}

// Enabled implements [slog.Handler].
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() || h.named || h.is(asks) || h.top == nil && hasID(r) {
		return h.next.Handle(ctx, r)
	}
	if h.is(adds) {
		return h.add(ctx, r, slog.String(TraceID, span.TraceID().String()), slog.String(SpanID, span.SpanID().String()))
	}
	// How its handler treats the ids is not known before the first record: an empty group is nothing.
	err := h.add(&watched{ctx, h.habit}, r, slog.Any("", unlessAsked{h.habit, span}))
	h.learn(adds)
	return err
}

// add handles a record with more attributes at the top.
func (h *handler) add(ctx context.Context, r slog.Record, ids ...slog.Attr) error {
	if h.top == nil {
		r = r.Clone()
		r.AddAttrs(ids...)
		return h.next.Handle(ctx, r)
	}
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	for _, s := range slices.Backward(h.since) {
		if s.group != "" {
			attrs = []slog.Attr{{Key: s.group, Value: slog.GroupValue(attrs...)}}
		} else {
			attrs = slices.Concat(s.attrs, attrs)
		}
	}
	whole := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	whole.AddAttrs(attrs...)
	whole.AddAttrs(ids...)
	return h.top.Handle(ctx, whole)
}

func hasID(r slog.Record) bool {
	found := false
	r.Attrs(func(a slog.Attr) bool { found = a.Key == TraceID; return !found })
	return found
}

// WithAttrs implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	c := *h
	c.next = h.next.WithAttrs(attrs)
	if h.top != nil {
		c.since = append(slices.Clip(h.since), step{attrs: attrs})
	} else {
		c.named = h.named || slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == TraceID })
	}
	return &c
}

// WithGroup implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	if h.top == nil {
		c.top = h.next
	}
	c.next, c.since = h.next.WithGroup(name), append(slices.Clip(h.since), step{group: name})
	return &c
}
