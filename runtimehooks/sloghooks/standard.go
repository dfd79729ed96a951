package sloghooks

import (
	"context"
	"log"
	"log/slog"
	"reflect"
)

// standard is slog's first handler, which writes by package log, below another one. slog.SetDefault
// has package log write to a handler that it does not know as the first one, so what comes from
// there must not go back: it would wait for itself.
type standard struct {
	slog.Handler
	out *log.Logger // as package log was before
}

// isStandard reports whether a handler is the one that slog begins with, or is made from it.
func isStandard(h slog.Handler) bool {
	if ours, ok := h.(*handler); ok {
		h = ours.next
	}
	if _, ok := h.(standard); ok {
		return true
	}
	return reflect.TypeOf(h).String() == "*slog.defaultHandler"
}

func newStandard(h slog.Handler) standard {
	return standard{h, log.New(log.Writer(), log.Prefix(), log.Flags())}
}

// Handle implements [slog.Handler].
func (s standard) Handle(ctx context.Context, r slog.Record) error {
	if r.PC == 0 && r.NumAttrs() == 0 { // of package log
		return s.out.Output(0, r.Message)
	}
	return s.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (s standard) WithAttrs(attrs []slog.Attr) slog.Handler {
	return standard{s.Handler.WithAttrs(attrs), s.out}
}

// WithGroup implements [slog.Handler].
func (s standard) WithGroup(name string) slog.Handler {
	return standard{s.Handler.WithGroup(name), s.out}
}
