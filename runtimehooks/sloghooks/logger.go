package sloghooks

import (
	"log"
	"log/slog"
	"sync/atomic"
)

// New is slog.New with a handler that is wrapped.
func New(h slog.Handler) *slog.Logger { return slog.New(Wrap(h)) }

// LoggerHandler is (*slog.Logger).Handler: it returns the handler as the program made it.
func LoggerHandler(l *slog.Logger) slog.Handler {
	if h, ours := l.Handler().(*handler); ours {
		if s, ok := h.next.(standard); ok {
			return s.Handler
		}
		return h.next
	}
	return l.Handler()
}

// SetDefault is slog.SetDefault with a handler that is wrapped. As there, package log goes on
// writing where it did if the handler is the one that slog begins with.
func SetDefault(l *slog.Logger) {
	l = wrapped(l)
	if !isStandard(l.Handler()) {
		slog.SetDefault(l)
		return
	}
	out, flags := log.Writer(), log.Flags()
	slog.SetDefault(l)
	log.SetOutput(out)
	log.SetFlags(flags)
}

// wrapped returns the logger itself where its handler is one that stays as it is.
func wrapped(l *slog.Logger) *slog.Logger {
	switch h := Wrap(l.Handler()).(type) {
	case *handler:
		if _, ours := l.Handler().(*handler); !ours {
			return slog.New(h)
		}
	}
	return l
}

// pair is a default logger, and the one that writes its records with the ids.
type pair struct{ plain, wrapped *slog.Logger }

var latest atomic.Pointer[pair]

// Default returns slog.Default with a handler that is wrapped, for records that must have the ids
// whatever the program has installed.
func Default() *slog.Logger {
	l := slog.Default()
	p := latest.Load()
	if p == nil || p.plain != l {
		p = &pair{l, wrapped(l)}
		latest.Store(p)
	}
	return p.wrapped
}
