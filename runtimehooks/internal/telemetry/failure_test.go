package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// text is an error with a type that has a name, and verbose has a text of its own for package fmt.
type (
	text           string
	verbose        struct{ text }
	generic[T any] struct{ text }
)

func (e text) Error() string { return string(e) }

func (e verbose) Format(s fmt.State, _ rune) { fmt.Fprint(s, "a long story") }

// ended returns the span that mark marked.
func ended(mark func(trace.Span)) sdktrace.ReadOnlySpan {
	spans := tracetest.NewSpanRecorder()
	_, span := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("").Start(context.Background(), "")
	mark(span)
	span.End()
	return spans.Ended()[0]
}

// Whoever reads events "exception" need not know that span.RecordError did not write them.
func TestExceptionIsThatOfRecordError(t *testing.T) {
	for _, err := range []error{
		errors.New("busy"), fmt.Errorf("wrapped: %w", errors.New("busy")), text("value"), &fs.PathError{Op: "open", Err: fs.ErrExist},
		errors.Join(text("a"), text("b")), struct{ error }{text("no name")}, verbose{"short"}, generic[int]{"generic"}, text(""),
	} {
		want := ended(func(s trace.Span) { s.RecordError(err) }).Events()
		got := ended(func(s trace.Span) { f := Failed(err); f.Mark(s) }).Events()
		if len(got) != 1 || got[0].Name != want[0].Name {
			t.Fatalf("%T: events are %v, want %v", err, got, want)
		}
		same := cmp.Comparer(func(a, b attribute.KeyValue) bool { return a == b })
		if diff := cmp.Diff(want[0].Attributes, got[0].Attributes, same); diff != "" {
			t.Errorf("%T: %s", err, diff)
		}
	}
}

// counting counts how often its text is made.
type counting struct{ asked *int }

func (e counting) Error() string { *e.asked++; return "counted" }

// An error's text may take long to make.
func TestTextIsMadeOnce(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	asked := 0
	ended(func(s trace.Span) {
		f := Failed(counting{&asked})
		Log(context.Background(), slog.LevelInfo, 0, "F", 0, &f)
		f.Mark(s)
	})
	if asked != 1 {
		t.Errorf("the text was made %d times, want once", asked)
	}
}

// panicking is an error whose text cannot be had.
type panicking struct{}

func (panicking) Error() string { panic("no text") }

// Telemetry must not add a panic to a call that only failed.
func TestTextThatPanics(t *testing.T) {
	span := ended(func(s trace.Span) { f := Failed(panicking{}); f.Mark(s) })
	if want := "%!v(PANIC=Error method: no text)"; span.Status().Description != want {
		t.Errorf("status is %q, want %q", span.Status().Description, want)
	}
	var none *fs.PathError
	span = ended(func(s trace.Span) {
		f := Failed(none)
		f.Mark(s)
		Retry(s, 2, 0, none)
	})
	if events := span.Events(); span.Status().Description != "<nil>" || len(events) != 1 || events[0].Name != "retry" {
		t.Errorf("a nil pointer is %v with the events %v", span.Status(), events)
	}
}
