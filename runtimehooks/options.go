package runtimehooks

import (
	"context"
	"log/slog"
	"time"
)

// The types of this file are the options of the aspects. A site holds a pointer to each aspect that
// it has; nil means that it does not have it. The values are effective: the weaver has filled in
// the defaults, and zero means zero.

// Recover turns a panic into the function's error, a [*PanicError]. Without it a panic is recorded
// and goes on with the same value. runtime.Goexit is left alone.
type Recover struct {
	Status int // of the response, in a net/http handler; unused elsewhere
}

// Trace puts a span around each call.
type Trace struct {
	Name string // of the span; "" for Site.Name, or "{method} {route}" in a net/http handler
	Kind string // internal, server, client, producer or consumer; "" for internal, or server in a net/http handler
}

// Metrics records each call's duration.
type Metrics struct{}

// Log writes one log/slog record at the end of each call, to slog.Default: the message is
// Site.Name, the attributes are function, duration and, on failure, error and error.type.
type Log struct {
	Level slog.Level    // of a call that succeeded; failures are logged at slog.LevelError
	Slow  time.Duration // log successful calls only if they took at least this long; 0 logs every call
}

// Advice is custom advice around the body: Func calls next, or does not, and its error is the
// attempt's.
type Advice struct {
	Name string // as the rule names it
	Func func(ctx context.Context, site *Site, next func(context.Context) error) error
}
