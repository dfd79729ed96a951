package observe

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// mostSummaries bounds how many kinds of statements metrics distinguish, because a program may make
// up names of tables. The others are recorded without a summary, and beyond twice as many without
// the names of operations and codes, which a program may make up as well.
const mostSummaries = 500

// Query is one statement under way, the beginning or the end of a transaction, or what else a
// program asks of a database's own client.
type Query struct {
	state   *state[operation] // nil if nothing is recorded
	ctx     context.Context
	span    trace.Span // nil without a span
	op      string     // "" for a statement, which has a summary instead
	batch   int        // how many operations are one; 0 for no batch
	summary string
	start   time.Time
	late    bool // it has begun at start, and is recorded afterwards
}

// BeginQuery starts to record a statement of SQL, or what op names if it is not "": "BEGIN",
// "COMMIT", "ROLLBACK". By the conventions a statement is identified by its summary, and its text
// has no literals. It must run in the context that BeginQuery returns.
func (c *Client) BeginQuery(ctx context.Context, op, text string) (context.Context, Query) {
	st := c.listening(ctx)
	if st == nil {
		return ctx, Query{}
	}
	q := Query{state: st, op: op, start: time.Now()}
	if op != "" {
		return c.beginQuery(ctx, q)
	}
	return c.beginStatement(ctx, q, text)
}

// BeginOperation starts to record a command of a database that has no statements, such as "GET", or
// a batch of as many operations, such as "PIPELINE GET". A size below 2 is none of a batch. It must
// run in the context that BeginOperation returns.
func (c *Client) BeginOperation(ctx context.Context, op string, size int) (context.Context, Query) {
	st := c.listening(ctx)
	if st == nil {
		return ctx, Query{}
	}
	q := Query{state: st, op: op, start: time.Now()}
	if size > 1 {
		q.batch = size
	}
	return c.beginQuery(ctx, q)
}

// Listening reports whether somebody sees what is recorded, for callers to whom an operation's name
// is work.
func (c *Client) Listening(ctx context.Context) bool { return c.listening(ctx) != nil }

// RecordQuery records a statement that has ended, where nobody could know at its beginning whether
// there would be one.
func (c *Client) RecordQuery(ctx context.Context, text string, start time.Time, err error) {
	st := c.listening(ctx)
	if st == nil {
		return
	}
	_, q := c.beginStatement(ctx, Query{state: st, start: start, late: true}, text)
	q.End(err, SQLState(err))
}

// beginStatement begins a query that has its state and its start.
func (c *Client) beginStatement(ctx context.Context, q Query, text string) (context.Context, Query) {
	is := c.statements.of(text)
	q.summary = is.summary
	ctx, q = c.beginQuery(ctx, q)
	if q.span != nil && q.span.IsRecording() {
		if is.attrs != nil {
			q.span.SetAttributes(is.attrs...)
		} else {
			q.span.SetAttributes(statementAttributes(is.summary, text)...)
		}
	}
	return ctx, q
}

// beginQuery begins a query that has its state, its op or its summary, and its start.
func (c *Client) beginQuery(ctx context.Context, q Query) (context.Context, Query) {
	st := q.state
	name := q.op
	if name == "" {
		name = q.summary
	}
	if name == "" {
		name = c.target.System
	}
	if st.tracer != nil {
		options := st.spanOptions
		if q.late {
			options = append(options[:len(options):len(options)], trace.WithTimestamp(q.start))
		}
		ctx, q.span = st.tracer.Start(ctx, name, options...)
		if q.span.IsRecording() {
			if q.op != "" {
				q.span.SetAttributes(semconv.DBOperationName(q.op))
			}
			if q.batch != 0 {
				q.span.SetAttributes(semconv.DBOperationBatchSize(q.batch))
			}
		}
	}
	q.ctx = ctx
	return ctx, q
}

// End ends the statement with its result, and the server's own code of an error, if there is one,
// which is its type where the error does not say another. The error's text is not recorded: servers
// repeat values in it.
func (q *Query) End(err error, status string) {
	if q.state == nil {
		return
	}
	kind := ErrorType(err)
	if status != "" && kind == otherError {
		kind = status
	}
	q.state.record(q.ctx, q.start, bounded(q.state, operation{q.op, q.summary, kind, status}))
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

// SQLState returns the five characters by which the SQL standard calls an error, which drivers for
// PostgreSQL give by a method, and "" where there are none.
func SQLState(err error) string {
	var coded interface{ SQLState() string }
	if err != nil && errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}

// bounded returns a series, without what a program may make up if there are too many.
func bounded(st *state[operation], key operation) operation {
	known := *st.known.Load()
	if _, ok := known[key]; ok || len(known) < mostSummaries {
		return key
	}
	if key.summary = ""; len(known) < 2*mostSummaries {
		return key
	}
	if key.op, key.status = "", ""; key.errorType != "" {
		key.errorType = otherError
	}
	return key
}
