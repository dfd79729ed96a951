package entryhooks

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// Entry describes functions without results whose first parameter is a P. It is static data: a
// package-level variable that is not changed. Functions that may be nil say so.
type Entry[P any] struct {
	// Context returns the context that a P holds. It is called for functions that are no handlers,
	// too, whose P may be nil. WithContext returns a P that holds another one: it may change the P and
	// return the same. Once the body has returned, it is called again, with the context from before.
	Context     func(P) context.Context
	WithContext func(P, context.Context) P

	// Request returns the request of net/http that a P is about. Where there is none, it is nil, and
	// Headers returns what names the trace of the caller; both may be nil.
	Request func(P) *http.Request
	Headers func(P) propagation.TextMapCarrier

	// Route returns the pattern that the router has matched, such as "/orders/:id", "" for none. It
	// may be nil, and so may Status, which returns the response's status, or 0.
	Route  func(P) string
	Status func(P) int

	// Begun reports whether the response has begun, so that it cannot be another. It may be nil.
	Begun func(P) bool
	// Refuse answers for the body, unless the response has begun.
	Refuse func(P, Refusal)
}

// ErrorEntry is [Entry] for functions whose only result is an error.
type ErrorEntry[P any] struct {
	Context     func(P) context.Context
	WithContext func(P, context.Context) P
	Request     func(P) *http.Request
	Headers     func(P) propagation.TextMapCarrier
	Route       func(P) string

	// Status returns the response's status, or 0. For a function that returns an error it is the one
	// that the framework will send. It may be nil: then every error is a failure.
	Status func(P, error) int
	Begun  func(P) bool
	// Refuse returns the error that the function is to return in place of its body's.
	Refuse func(P, Refusal) error
}

// Refusal is why a call is refused, or ended early.
type Refusal struct {
	Err        error         // of package runtimehooks: of a limit, a breaker, a deadline, a panic, …
	Status     int           // the HTTP status that says so
	RetryAfter time.Duration // in which the caller may come again; 0 for unknown
	Challenge  string        // what to ask the caller for that has not said who it is; "" for others
}

// SetHeader sets the headers that a client needs to do better. A challenge that is there stays.
func (r Refusal) SetHeader(h http.Header) { httphooks.Explain(h, r.RetryAfter, r.Challenge) }

// description is an entry of either kind.
type description[P any] struct {
	context     func(P) context.Context
	withContext func(P, context.Context) P
	request     func(P) *http.Request
	headers     func(P) propagation.TextMapCarrier
	route       func(P) string
	begun       func(P) bool
	status      func(P, error) int
	refuse      func(P, Refusal) error
}

func (e *Entry[P]) describe() *description[P] {
	d := &description[P]{context: e.Context, withContext: e.WithContext, request: e.Request, headers: e.Headers, route: e.Route, begun: e.Begun}
	if e.Status != nil {
		d.status = func(p P, _ error) int { return e.Status(p) }
	}
	d.refuse = func(p P, r Refusal) error { e.Refuse(p, r); return nil }
	return d
}

func (e *ErrorEntry[P]) describe() *description[P] {
	return &description[P]{e.Context, e.WithContext, e.Request, e.Headers, e.Route, e.Begun, e.Status, e.Refuse}
}
