// Package spans runs a hazard's program with an in-memory tracer provider, and writes the spans that it recorded as a tree.
// The tree has no times and no identifiers: it is the same in each run.
package spans

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Environment variables: the file for the tree, and the mode of a child process.
const (
	fileVariable = "SPANS"
	modeVariable = "HAZARD_MODE"
)

// Main runs f, and writes what was recorded meanwhile to the file that $SPANS names: nothing if there were no spans, and
// also if f panics.
func Main(f func()) {
	recorder := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)))
	defer func() {
		if path := os.Getenv(fileVariable); path != "" && len(recorder.Started()) > 0 {
			settle(recorder)
			if err := os.WriteFile(path, []byte(Tree(recorder)), 0o666); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	f()
}

// settle gives functions that f has started with a go statement, and heard from, the time to return.
func settle(recorder *tracetest.SpanRecorder) {
	for range 2000 {
		if len(recorder.Ended()) == len(recorder.Started()) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Mode is the mode of a child process, "" in the first one.
func Mode() string { return os.Getenv(modeVariable) }

// Result is how a child process ended.
type Result struct {
	Stdout, Stderr string
	Code           int // exit status
}

// Child runs this program again, in another mode and with more variables in its environment. Its spans go to $SPANS.mode.
func Child(mode string, env ...string) Result {
	if Mode() != "" {
		panic("a child process must not have children")
	}
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(exe)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(append(os.Environ(), modeVariable+"="+mode), env...)
	if path := os.Getenv(fileVariable); path != "" {
		cmd.Env = append(cmd.Env, fileVariable+"="+path+"."+mode)
	}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		panic(err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// Tree returns the recorder's spans, children below their parents and siblings in the order of their text. A span that has
// not ended says so.
func Tree(recorder *tracetest.SpanRecorder) string {
	spans := map[trace.SpanID]sdktrace.ReadOnlySpan{}
	ended := map[trace.SpanID]bool{}
	for _, s := range recorder.Started() {
		spans[s.SpanContext().SpanID()] = s
	}
	for _, s := range recorder.Ended() {
		ended[s.SpanContext().SpanID()] = true
	}
	children := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, s := range spans {
		parent := s.Parent().SpanID()
		if spans[parent] == nil {
			parent = trace.SpanID{}
		}
		children[parent] = append(children[parent], s)
	}
	var render func(parent trace.SpanID, indent string) string
	render = func(parent trace.SpanID, indent string) string {
		var texts []string
		for _, s := range children[parent] {
			id := s.SpanContext().SpanID()
			texts = append(texts, one(s, ended[id], spans, indent)+render(id, indent+"    "))
		}
		slices.Sort(texts)
		return strings.Join(texts, "")
	}
	return render(trace.SpanID{}, "")
}

// one returns the lines of a span itself.
func one(s sdktrace.ReadOnlySpan, ended bool, all map[trace.SpanID]sdktrace.ReadOnlySpan, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s- %s", indent, s.Name())
	if kind := s.SpanKind(); kind != trace.SpanKindInternal {
		fmt.Fprintf(&b, " (%s)", kind)
	}
	b.WriteString("\n")
	line := func(format string, args ...any) { fmt.Fprintf(&b, indent+"  "+format+"\n", args...) }
	if s.Parent().IsRemote() {
		line("remote parent")
	}
	for _, l := range s.Links() {
		if to := all[l.SpanContext.SpanID()]; to != nil {
			line("link to %s", to.Name())
		}
	}
	for _, text := range attributes(s.Attributes()) {
		line("%s", text)
	}
	if status := s.Status(); status.Code != codes.Unset {
		line("status %s %q", status.Code, stable(status.Description))
	}
	for _, e := range s.Events() {
		line("event %s %s", e.Name, strings.Join(attributes(e.Attributes), " "))
	}
	if !ended {
		line("never ended")
	}
	return b.String()
}

// volatile are the attributes that differ from run to run, or with the lines of a program.
var volatile = []attribute.Key{"code.line.number", "exception.stacktrace", "retry.delay", "server.port", "network.peer.port", "client.port", "url.full"}

func attributes(list []attribute.KeyValue) []string {
	var texts []string
	for _, kv := range list {
		if !slices.Contains(volatile, kv.Key) {
			texts = append(texts, fmt.Sprintf("%s=%q", kv.Key, stable(kv.Value.String())))
		}
	}
	slices.Sort(texts)
	return texts
}

var (
	remaining = regexp.MustCompile(`for another \S+`)
	again     = regexp.MustCompile(`try again in \S+`)
)

// Rounded returns the text of an error for a program to print: how long a breaker is still open is
// rounded to a minute, for some of that has passed.
func Rounded(err error) string {
	return remaining.ReplaceAllStringFunc(fmt.Sprint(err), func(text string) string {
		const before = "for another "
		left, failed := time.ParseDuration(strings.TrimPrefix(text, before))
		if failed != nil {
			return text
		}
		return before + left.Round(time.Minute).String()
	})
}

// stable takes the remaining time out of the message of an open breaker or a limit.
func stable(text string) string {
	return again.ReplaceAllString(remaining.ReplaceAllString(text, "for another while"), "try again in a while")
}
