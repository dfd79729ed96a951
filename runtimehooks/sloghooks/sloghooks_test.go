package sloghooks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"encoding/json"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

const ids = `"trace_id":"01000000000000000000000000000000","span_id":"0200000000000000"`

// inSpan returns a context with a span.
func inSpan(t *testing.T) context.Context {
	return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
}

// plain returns a handler that writes JSON without what differs from run to run.
func plain(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

// own adds the ids as many programs do.
type own struct{ slog.Handler }

func (h own) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h own) WithAttrs(attrs []slog.Attr) slog.Handler { return own{h.Handler.WithAttrs(attrs)} }
func (h own) WithGroup(name string) slog.Handler       { return own{h.Handler.WithGroup(name)} }

// other is a handler of the program's that knows nothing of traces.
type other struct{ slog.Handler }

func (h other) WithAttrs(attrs []slog.Attr) slog.Handler { return other{h.Handler.WithAttrs(attrs)} }
func (h other) WithGroup(name string) slog.Handler       { return other{h.Handler.WithGroup(name)} }

func TestIDs(t *testing.T) {
	for _, c := range []struct {
		name  string
		inner func(slog.Handler) slog.Handler
		log   func(context.Context, *slog.Logger)
		want  string
	}{
		{"span", nil, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "m", "a", 1) }, `"a":1,` + ids},
		{"no span", nil, func(_ context.Context, l *slog.Logger) { l.Info("m", "a", 1) }, `"a":1`},
		{"many attributes", nil, func(ctx context.Context, l *slog.Logger) {
			l.InfoContext(ctx, "m", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6)
		}, `"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,` + ids},
		{"attributes", nil, func(ctx context.Context, l *slog.Logger) { l.With("w", 0).InfoContext(ctx, "m", "a", 1) }, `"w":0,"a":1,` + ids},
		{"group", nil, func(ctx context.Context, l *slog.Logger) { l.WithGroup("g").InfoContext(ctx, "m", "a", 1) }, `"g":{"a":1},` + ids},
		{"groups", nil, func(ctx context.Context, l *slog.Logger) {
			l.With("w", 0).WithGroup("g").With("b", 2).WithGroup("h").With("c", 3).With("d", 4).InfoContext(ctx, "m", "a", 1)
		}, `"w":0,"g":{"b":2,"h":{"c":3,"d":4,"a":1}},` + ids},
		{"empty group", nil, func(ctx context.Context, l *slog.Logger) { l.WithGroup("g").InfoContext(ctx, "m") }, ids},
		{"group without a span", nil, func(_ context.Context, l *slog.Logger) { l.WithGroup("g").Info("m", "a", 1) }, `"g":{"a":1}`},
		{"given in the record", nil, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "m", "trace_id", "mine") }, `"trace_id":"mine"`},
		{"given in the logger", nil, func(ctx context.Context, l *slog.Logger) { l.With("trace_id", "mine").InfoContext(ctx, "m") }, `"trace_id":"mine"`},
		{"given in a group", nil, func(ctx context.Context, l *slog.Logger) {
			l.WithGroup("g").InfoContext(ctx, "m", "trace_id", "mine")
		}, `"g":{"trace_id":"mine"},` + ids},
		{"added by the program", func(h slog.Handler) slog.Handler { return own{h} }, func(ctx context.Context, l *slog.Logger) {
			l.InfoContext(ctx, "m")
		}, ids},
		{"another handler", func(h slog.Handler) slog.Handler { return other{h} }, func(ctx context.Context, l *slog.Logger) {
			l.WithGroup("g").InfoContext(ctx, "m", "a", 1)
		}, `"g":{"a":1},` + ids},
		{"wrapped twice", Wrap, func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "m") }, ids},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			h := plain(&out)
			if c.inner != nil {
				h = c.inner(h)
			}
			l := New(h)
			// What is learnt of a handler from its first record holds for the next ones.
			for range 3 {
				c.log(inSpan(t), l)
				if want := `{"level":"INFO","msg":"m",` + c.want + "}\n"; out.String() != want {
					t.Errorf("record is\n%s, want\n%s", out.String(), want)
				}
				out.Reset()
			}
		})
	}
}

// A wrapped handler does all that slog asks of one, in a span, too.
func TestIsHandler(t *testing.T) {
	for _, inner := range []func(io.Writer) slog.Handler{
		func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		func(w io.Writer) slog.Handler { return other{slog.NewJSONHandler(w, nil)} },
	} {
		for _, ctx := range []context.Context{t.Context(), inSpan(t)} {
			var out bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				out.Reset()
				return always{Wrap(inner(&out)), ctx}
			}, func(t *testing.T) map[string]any {
				record := map[string]any{}
				if err := json.Unmarshal(out.Bytes(), &record); err != nil {
					t.Fatal(err)
				}
				if _, has := record["trace_id"]; has != trace.SpanContextFromContext(ctx).IsValid() {
					t.Errorf("trace_id is there: %v", has)
				}
				return record
			})
		}
	}
}

// always handles records in its context.
type always struct {
	slog.Handler
	ctx context.Context
}

func (a always) Handle(_ context.Context, r slog.Record) error { return a.Handler.Handle(a.ctx, r) }
func (a always) WithAttrs(attrs []slog.Attr) slog.Handler {
	return always{a.Handler.WithAttrs(attrs), a.ctx}
}
func (a always) WithGroup(name string) slog.Handler { return always{a.Handler.WithGroup(name), a.ctx} }

// The program finds its own handler in its logger.
func TestLoggerHandler(t *testing.T) {
	h := plain(io.Discard)
	if got := LoggerHandler(New(h)); got != h {
		t.Errorf("handler is a %T", got)
	}
	if got := LoggerHandler(slog.New(h)); got != h {
		t.Errorf("handler is a %T", got)
	}
	if _, ok := LoggerHandler(New(h).With("a", 1)).(*slog.JSONHandler); !ok {
		t.Error("a logger with attributes must have a handler of the same type")
	}
}

// restore puts back what the test changes of slog and log.
func restore(t *testing.T) {
	l, out, flags := slog.Default(), log.Writer(), log.Flags()
	t.Cleanup(func() { slog.SetDefault(l); log.SetOutput(out); log.SetFlags(flags) })
}

// The handler that slog begins with writes by package log, which goes on writing where it did.
func TestDefaultOfSlog(t *testing.T) {
	restore(t)
	var out bytes.Buffer
	log.SetOutput(&out)
	log.SetFlags(log.Lmsgprefix)
	SetDefault(slog.Default())
	SetDefault(slog.Default().With("w", 0)) // of the wrapped one
	slog.InfoContext(inSpan(t), "m", "a", 1)
	log.Print("of log")
	want := "INFO m w=0 a=1 trace_id=01000000000000000000000000000000 span_id=0200000000000000\nof log\n"
	if out.String() != want {
		t.Errorf("output is\n%s, want\n%s", out.String(), want)
	}
}

// Code that is not woven may set the default to one that is made from the wrapped one. Then package
// log writes to slog, and must not write to itself.
func TestDefaultSetByOthers(t *testing.T) {
	restore(t)
	var out bytes.Buffer
	log.SetOutput(&out)
	log.SetFlags(0)
	SetDefault(slog.Default())
	slog.SetDefault(slog.Default().With("w", 0))
	log.Print("of log")
	slog.Info("m", "a", 1)
	if want := "of log\nINFO m w=0 a=1\n"; out.String() != want {
		t.Errorf("output is\n%s, want\n%s", out.String(), want)
	}
}

func TestSetDefault(t *testing.T) {
	restore(t)
	var out bytes.Buffer
	SetDefault(slog.New(plain(&out)))
	slog.InfoContext(inSpan(t), "m")
	log.Print("of log")
	if want := `{"level":"INFO","msg":"m",` + ids + "}\n" + `{"level":"INFO","msg":"of log"}` + "\n"; out.String() != want {
		t.Errorf("output is\n%s, want\n%s", out.String(), want)
	}
	if l := slog.Default(); Default() != l {
		t.Error("a default logger that is wrapped must be used as it is")
	}
	slog.SetDefault(slog.New(plain(&out)))
	out.Reset()
	Default().InfoContext(inSpan(t), "m")
	if !strings.Contains(out.String(), ids) {
		t.Errorf("record is %s", out.String())
	}
	if before := Default(); Default() != before {
		t.Error("a logger must be wrapped once")
	}
}

// Errors of the handler reach whoever calls it.
func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	h := Wrap(slog.NewTextHandler(writer(func([]byte) (int, error) { return 0, broken }), nil))
	if err := h.Handle(inSpan(t), slog.Record{}); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// Switched off, the pack leaves handlers as they are.
func TestOff(t *testing.T) {
	t.Cleanup(process.SetOff(true))
	if h := slog.DiscardHandler; New(h).Handler() != h {
		t.Errorf("the handler is a %T, want the program's own", New(h).Handler())
	}
}
