package observe

import (
	"maps"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// statements are what is known of the statements that a client has executed. Most programs have a
// few texts, and execute them often.
type statements struct {
	adding sync.Mutex
	known  atomic.Pointer[map[string]*statement] // copied on write
}

// Statements are kept up to this many, and up to this length in bytes: a program may write values
// into its texts, of which none comes again.
const (
	mostStatements   = 512
	longestStatement = 4096
)

// statement is what telemetry says of one.
type statement struct {
	summary string
	attrs   []attribute.KeyValue // of the span; nil until somebody needs them
}

// of returns what is known of a text.
func (s *statements) of(text string) *statement {
	known := s.known.Load()
	if known != nil {
		if st, ok := (*known)[text]; ok {
			return st
		}
	}
	st := &statement{summary: sqltext.Summary(text)}
	if len(text) > longestStatement || known != nil && len(*known) >= mostStatements {
		return st
	}
	st.attrs = statementAttributes(st.summary, text)
	s.adding.Lock()
	defer s.adding.Unlock()
	all := map[string]*statement{}
	if known := s.known.Load(); known != nil {
		all = maps.Clone(*known)
	}
	if len(all) < mostStatements {
		all[text] = st
		s.known.Store(&all)
	}
	return st
}

// statementAttributes returns what the span of a statement has.
func statementAttributes(summary, text string) (all []attribute.KeyValue) {
	if summary != "" {
		all = append(all, semconv.DBQuerySummary(summary))
	}
	if text != "" {
		all = append(all, semconv.DBQueryText(sqltext.Clean(text)))
	}
	return all
}
