package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// mostSummaries bounds how many kinds of statements metrics distinguish, because a program may make
// up names of tables. The others are recorded without a summary.
const mostSummaries = 500

// Query is one statement under way, or the beginning or the end of a transaction.
type Query struct {
	state   *state[operation] // nil if nothing is recorded
	ctx     context.Context
	span    trace.Span // nil without a span
	op      string     // "" for a statement, which has a summary instead
	summary string
	start   time.Time
}

// BeginQuery starts to record a statement of SQL, or what op names if it is not "": "BEGIN",
// "COMMIT", "ROLLBACK". By the conventions a statement is identified by its summary, and its text
// has no literals. It must run in the context that BeginQuery returns.
func (c *Client) BeginQuery(ctx context.Context, op, text string) (context.Context, Query) {
	return c.beginQuery(ctx, op, text, time.Now())
}

// RecordQuery records a statement that has ended, where nobody could know at its beginning whether
// there would be one.
func (c *Client) RecordQuery(ctx context.Context, text string, start time.Time, err error) {
	_, q := c.beginQuery(ctx, "", text, start, trace.WithTimestamp(start))
	q.End(err, "")
}

func (c *Client) beginQuery(ctx context.Context, op, text string, start time.Time, options ...trace.SpanStartOption) (context.Context, Query) {
	st := c.listening(ctx)
	if st == nil {
		return ctx, Query{}
	}
	q := Query{state: st, op: op, start: start}
	name := op
	if op == "" {
		q.summary = sqltext.Summary(text)
		name = q.summary
	}
	if name == "" {
		name = c.target.System
	}
	if st.tracer != nil {
		ctx, q.span = st.tracer.Start(ctx, name, append(st.spanOptions[:len(st.spanOptions):len(st.spanOptions)], options...)...)
		if q.span.IsRecording() {
			q.span.SetAttributes(q.attributes(text)...)
		}
	}
	q.ctx = ctx
	return ctx, q
}

func (q *Query) attributes(text string) []attribute.KeyValue {
	all := operation{op: q.op, summary: q.summary}.attributes()
	if q.op == "" && text != "" {
		all = append(all, semconv.DBQueryText(sqltext.Clean(text)))
	}
	return all
}

// End ends the statement with its result, and the server's own code of an error, if there is one.
// The error's text is not recorded: servers repeat values in it.
func (q *Query) End(err error, status string) {
	if q.state == nil {
		return
	}
	kind := ErrorType(err)
	q.state.record(q.ctx, q.start, bounded(q.state, operation{q.op, q.summary, kind}))
	if q.span == nil {
		return
	}
	if err != nil && q.span.IsRecording() {
		q.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		if status != "" {
			q.span.SetAttributes(semconv.DBResponseStatusCode(status))
		}
		q.span.SetStatus(codes.Error, kind)
	}
	q.span.End()
}

// bounded returns a series, without its summary if there are too many.
func bounded(st *state[operation], key operation) operation {
	known := *st.known.Load()
	if _, ok := known[key]; !ok && len(known) >= mostSummaries {
		key.summary = ""
	}
	return key
}
