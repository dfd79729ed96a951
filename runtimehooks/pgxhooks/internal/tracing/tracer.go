package tracing

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
)

// tracer records what the connections of one configuration do. It has all of pgx's interfaces for
// tracers of connections.
type tracer struct {
	watch *observe.Client

	prepared sync.Map // the text of each statement that the program has prepared, by its name
	size     atomic.Int64
}

// preparedLimit is how many prepared statements are known by their name.
const preparedLimit = 1024

// The kinds of calls that a tracer is told of.
type kind int

const (
	query kind = iota
	batch
	copying
	preparing
	connecting
)

// call is a call under way, in the context that pgx keeps for it.
type call struct {
	context.Context
	kind  kind
	query observe.Query
	err   error // the first of a batch
	ended bool
}

type callKey struct{}

// Value returns the call for its key.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns the innermost call of a context if it is one of the kind, nil if it is none.
func callOf(ctx context.Context, k kind) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok && c.kind == k && !c.ended {
		return c
	}
	return nil
}

// begun returns the context for a call that is recorded.
func begun(ctx context.Context, k kind, q observe.Query) context.Context {
	return &call{Context: ctx, kind: k, query: q}
}

// end ends a call. That there are no rows is no error.
func end(ctx context.Context, k kind, err error) {
	c := callOf(ctx, k)
	if c == nil {
		return
	}
	c.ended = true
	if err == nil {
		err = c.err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	c.query.End(err, observe.SQLState(err))
}

// TraceQueryStart implements pgx.QueryTracer.
func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !t.watch.Listening(ctx) {
		return ctx
	}
	text := t.text(data.SQL)
	op := transaction(text)
	if op == "" && !statement(text) { // the ping of a connection
		return begun(ctx, query, observe.Query{})
	}
	ctx, q := t.watch.BeginQuery(ctx, op, text)
	return begun(ctx, query, q)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	end(ctx, query, data.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (t *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if !t.watch.Listening(ctx) || data.Batch == nil || data.Batch.Len() == 0 {
		return ctx
	}
	texts := make([]string, 0, data.Batch.Len())
	for _, q := range data.Batch.QueuedQueries {
		texts = append(texts, t.text(q.SQL))
	}
	ctx, q := t.watch.BeginBatch(ctx, texts)
	return begun(ctx, batch, q)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (t *tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if c := callOf(ctx, batch); c != nil && c.err == nil {
		c.err = data.Err
	}
}

// TraceBatchEnd implements pgx.BatchTracer.
func (t *tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	end(ctx, batch, data.Err)
}

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (t *tracer) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	if !t.watch.Listening(ctx) {
		return ctx
	}
	ctx, q := t.watch.BeginQuery(ctx, "", copyText(data.TableName, data.ColumnNames))
	return begun(ctx, copying, q)
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (t *tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	end(ctx, copying, data.Err)
}

// TracePrepareStart implements pgx.PrepareTracer. A statement that prepares itself is one.
func (t *tracer) TracePrepareStart(ctx context.Context, _ *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if callOf(ctx, query) != nil || callOf(ctx, batch) != nil || callOf(ctx, copying) != nil {
		return begun(ctx, preparing, observe.Query{})
	}
	t.remember(data.Name, data.SQL)
	if !t.watch.Listening(ctx) {
		return ctx
	}
	ctx, q := t.watch.BeginOperation(ctx, "PREPARE", 1)
	return begun(ctx, preparing, q)
}

// TracePrepareEnd implements pgx.PrepareTracer. A COPY that cannot be prepared has ended, which pgx
// does not say.
func (t *tracer) TracePrepareEnd(ctx context.Context, _ *pgx.Conn, data pgx.TracePrepareEndData) {
	c := callOf(ctx, preparing)
	end(ctx, preparing, data.Err)
	if c != nil && data.Err != nil {
		end(c.Context, copying, data.Err)
	}
}

// TraceConnectStart implements pgx.ConnectTracer. A pool connects in advance, too, which is
// nobody's call.
func (t *tracer) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	if !t.watch.Listening(ctx) || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	ctx, q := t.watch.BeginOperation(ctx, "CONNECT", 1)
	return begun(ctx, connecting, q)
}

// TraceConnectEnd implements pgx.ConnectTracer.
func (t *tracer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	end(ctx, connecting, data.Err)
}

// remember keeps the text of a prepared statement.
func (t *tracer) remember(name, text string) {
	if name == "" || name == text || t.size.Load() >= preparedLimit {
		return
	}
	if _, known := t.prepared.Swap(name, text); !known {
		t.size.Add(1)
	}
}

// text returns what is executed: pgx takes a statement or the name of a prepared one.
func (t *tracer) text(sql string) string {
	if strings.ContainsAny(sql, " \n\t") || t.size.Load() == 0 {
		return sql
	}
	if text, ok := t.prepared.Load(sql); ok {
		return text.(string)
	}
	return sql
}
