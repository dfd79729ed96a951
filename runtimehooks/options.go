package runtimehooks

import (
	"context"
	"log/slog"
	"time"
)

// The types of this file are the options of the aspects. A site holds a pointer to each aspect that it has; nil means
// that it does not have it. The values are effective: the weaver has filled in the defaults, and zero means zero.

// Recover turns a panic into the function's error, a [*PanicError]. Without it a panic is recorded and goes on with the
// same value. runtime.Goexit is left alone.
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

// Log writes one log/slog record at the end of each call, to slog.Default: the message is Site.Name, the attributes are
// function, duration and, on failure, error and error.type.
type Log struct {
	Level slog.Level    // of a call that succeeded; failures are logged at slog.LevelError
	Slow  time.Duration // log successful calls only if they took at least this long; 0 logs every call
}

// Timeout gives the whole call a deadline, all attempts and pauses included. A call that ends after it fails with a
// [*TimeoutError], also when the body succeeded late. Where the caller's deadline is no later, nothing is done.
type Timeout struct {
	After time.Duration // more than 0
}

// Retry calls the body again when it failed. An error is retried only if it passes all of If, Unless, On and Abort that
// are set. Never retried: a backoff.Permanent error (the caller gets the error inside), an open breaker ([ErrOpen]), a
// call whose context has ended, a panic.
type Retry struct {
	Attempts int              // calls in all, the first included
	Initial  time.Duration    // the first pause; 0 for no pauses
	Max      time.Duration    // the longest pause
	Factor   float64          // by which each pause is longer than the one before
	Jitter   float64          // random part of each pause, 0 to 1: a pause p becomes p±Jitter*p, at most Max
	Elapsed  time.Duration    // no further attempt starts later than this after the call's start; 0 for no limit
	If       func(error) bool // nil, or retry only errors for which it reports true
	Unless   func(error) bool // nil, or never retry errors for which it reports true
	On       []*error         // if any, retry only these errors, matched with errors.Is
	Abort    []*error         // never retry these errors, matched with errors.Is
}

// Breaker is a circuit breaker. While it is open, calls fail at once with an [*OpenError].
type Breaker struct {
	Name     string        // sites with one name share one breaker, whose options are those of the first call; "" for one of its own
	Failures int           // consecutive failures that open it, where Rate is 0
	Rate     float64       // share of failures in a full window that opens it; 0 to judge by Failures
	Window   int           // calls that Rate is judged on
	Cooldown time.Duration // time it stays open
	Probes   int           // calls let through at once while half-open, and successes that close it
	On       []*error      // if any, only these errors are failures, matched with errors.Is; others are successes
	Skip     []*error      // these errors are successes, matched with errors.Is
}

// Advice is custom advice around the body: Func calls next, or does not, and its error is the attempt's.
type Advice struct {
	Name string // as the rule names it
	Func func(ctx context.Context, site *Site, next func(context.Context) error) error
}
