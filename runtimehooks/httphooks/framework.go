package httphooks

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Web frameworks on net/http have handlers of their own kind, with spans of their own. The
// functions here are for package entryhooks and for packs: they make such handlers and those of
// net/http one request, with one server span and one measurement.

// Within reports what an outer handler of the request has: its span and its histogram. Another
// library that has the span is taken to have both.
func Within(ctx context.Context) (traced, measured bool) {
	if s, ok := ctx.Value(servedKey{}).(*served); ok {
		return s.traced || serverSpan(ctx), s.measured
	}
	theirs := serverSpan(ctx)
	return theirs, theirs
}

// Serving returns the context for the body of a handler that has the request's span, or its
// histogram. Inner handlers find the request in it.
func Serving(ctx context.Context, traced, measured bool) context.Context {
	return &served{Context: ctx, traced: traced, measured: measured}
}

// Found tells all outer handlers of the request its route, which only the router knows.
func Found(ctx context.Context, route string) {
	if s, ok := ctx.Value(servedKey{}).(*served); ok && route != "" {
		s.found(route, "")
	}
}

// Routed returns the route that a handler below the context of [Serving] has found, "" for none.
func Routed(ctx context.Context) string {
	s, ok := ctx.Value(servedKey{}).(*served)
	if !ok {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.route
}

// Name returns the name of a server span: "{method} {route}".
func Name(r *http.Request, route string) string { return spanName(method(r), route) }

// Append appends the attributes of a server span that are known when the request comes.
func Append(attrs []attribute.KeyValue, function string, r *http.Request) []attribute.KeyValue {
	return appendRequest(attrs, function, r)
}

// Durations is the histogram http.server.request.duration of one handler.
type Durations struct{ series *telemetry.Series[outcome] }

// NewDurations returns the histogram of a provider.
func NewDurations(provider metric.MeterProvider) *Durations {
	h := telemetry.Histogram(provider, "http.server.request.duration", "Duration of HTTP server requests.")
	return &Durations{telemetry.NewSeries(h, outcomes, outcome.attributes)}
}

// Record records a request that took so long. The status is 0 if there was no response, and
// errorType is "" for success.
func (d *Durations) Record(ctx context.Context, seconds float64, r *http.Request, route string, status int, errorType string) {
	d.series.Record(ctx, seconds, outcome{
		method: method(r), scheme: scheme(r), route: route, protocol: protocol(r), status: status, errorType: errorType,
	})
}

// RetryAfter returns in which time a caller that a policy refused may come again; 0 where the
// refusal does not say.
func RetryAfter(err error) time.Duration {
	var after interface{ RetryAfter() time.Duration }
	if !errors.As(err, &after) {
		return 0
	}
	return max(1, after.RetryAfter())
}

// Challenge returns what a caller is asked for that has not said who it is.
func Challenge(a *runtimehooks.Authz) string {
	if a == nil || a.Challenge == "" {
		return "Bearer"
	}
	return a.Challenge
}

// Explain sets the headers that a refused client needs to do better: when to come again, unless
// that is 0, and what it is asked for, unless that is "". A challenge that is there stays.
func Explain(h http.Header, after time.Duration, challenge string) {
	if after > 0 {
		seconds := (after + time.Second - 1) / time.Second // whole ones, as the header wants them
		h.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	if challenge != "" && len(h.Values("WWW-Authenticate")) == 0 {
		h.Set("WWW-Authenticate", challenge)
	}
}

// RefusalStatus returns the status of the response to a request that a policy refused.
func RefusalStatus(err error) int { return refusalStatus(err) }
