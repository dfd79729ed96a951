package observe

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// longestBatch bounds the text of a batch, in bytes. It is cut between two statements.
const longestBatch = 2048

// BeginBatch starts to record statements that are sent at once. A batch of one is a statement. By
// the conventions a batch has the summary of its statements if they have the same. Of a text that
// comes several times in a row, one is recorded. It must run in the context that BeginBatch
// returns.
func (c *Client) BeginBatch(ctx context.Context, texts []string) (context.Context, Query) {
	if len(texts) == 1 {
		return c.BeginQuery(ctx, "", texts[0])
	}
	st := c.listening(ctx)
	if st == nil {
		return ctx, Query{}
	}
	q := Query{state: st, batch: len(texts), start: time.Now()}
	texts = slices.Compact(slices.Clone(texts))
	q.summary = batchSummary(texts)
	ctx, q = c.beginQuery(ctx, q)
	if q.span != nil && q.span.IsRecording() {
		q.span.SetAttributes(semconv.DBQuerySummary(q.summary), semconv.DBQueryText(cleaned(texts)))
	}
	return ctx, q
}

// batchSummary returns the summary of a batch.
func batchSummary(texts []string) string {
	summary := ""
	for i, text := range texts {
		one := sqltext.Summary(text)
		if i > 0 && one != summary {
			return "BATCH"
		}
		summary = one
	}
	return strings.TrimSpace("BATCH " + summary)
}

// cleaned returns the text of a batch without literals.
func cleaned(texts []string) string {
	var b strings.Builder
	for _, text := range texts {
		text = sqltext.Clean(text)
		if b.Len() > 0 && b.Len()+len(text) > longestBatch {
			break
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(text)
	}
	return b.String()
}
