package demo

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// trees draws spans as trees, one line per span and event. Durations are left out: they differ from
// run to run.
func trees(spans tracetest.SpanStubs) string {
	known := make(map[oteltrace.SpanID]bool, len(spans))
	for _, span := range spans {
		known[span.SpanContext.SpanID()] = true
	}
	children := make(map[oteltrace.SpanID][]tracetest.SpanStub)
	for _, span := range spans {
		parent := span.Parent.SpanID()
		if !known[parent] { // a root, or the child of a span of another process
			parent = oteltrace.SpanID{}
		}
		children[parent] = append(children[parent], span)
	}
	for _, siblings := range children {
		slices.SortStableFunc(siblings, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	}
	var out strings.Builder
	for _, root := range children[oteltrace.SpanID{}] {
		out.WriteString(title(root) + "\n")
		branches(&out, root, "", children)
	}
	return out.String()
}

// branches draws what lies below a span: its events, its error's message, then its children.
func branches(out *strings.Builder, span tracetest.SpanStub, indent string, children map[oteltrace.SpanID][]tracetest.SpanStub) {
	below := children[span.SpanContext.SpanID()]
	rail := "  "
	if len(below) > 0 {
		rail = "│ "
	}
	failure, failed := failureOf(span)
	for i, event := range span.Events {
		if !failed || i != failure.event {
			out.WriteString(indent + rail + "· " + event.Name + attributes(event.Attributes) + "\n")
		}
	}
	if failure.message != "" && !passedOn(failure, below) {
		out.WriteString(indent + rail + "✗ " + failure.message + "\n")
	}
	for i, child := range below {
		fork, next := "├─ ", "│  "
		if i == len(below)-1 {
			fork, next = "└─ ", "   "
		}
		out.WriteString(indent + fork + title(child) + "\n")
		branches(out, child, indent+next, children)
	}
}

// title returns a span's own line.
func title(span tracetest.SpanStub) string {
	line := span.Name
	if slices.ContainsFunc(span.Attributes, func(a attribute.KeyValue) bool { return a.Key == "rpc.method" }) {
		line = service(line)
	}
	if span.SpanKind != oteltrace.SpanKindInternal {
		line += " (" + span.SpanKind.String() + ")"
	}
	line += attributes(span.Attributes)
	if failure, failed := failureOf(span); failed {
		line += "  ✗ " + cmp.Or(failure.kind, "error")
	}
	return line
}

// failure is why a span failed.
type failure struct {
	kind, message string
	event         int // index of the event that reports it; -1 if none does
}

// failureOf reports whether a span failed, and why: from its last exception event or else from its
// status.
func failureOf(span tracetest.SpanStub) (failure, bool) {
	f := failure{event: -1}
	if span.Status.Code != codes.Error {
		return f, false
	}
	f.message = span.Status.Description
	for _, attr := range span.Attributes {
		if attr.Key == "error.type" {
			f.kind = short(attr.Value.String())
		}
	}
	for i, event := range slices.Backward(span.Events) {
		if event.Name == "exception" {
			f.event = i
			f.kind = cmp.Or(f.kind, short(value(event, "exception.type")))
			f.message = cmp.Or(value(event, "exception.message"), f.message)
			break
		}
	}
	f.message = elide(f.message)
	return f, true
}

// passedOn reports whether a failure came from a child, where its message has been shown.
func passedOn(f failure, children []tracetest.SpanStub) bool {
	return slices.ContainsFunc(children, func(child tracetest.SpanStub) bool {
		cause, failed := failureOf(child)
		return failed && cause.kind == f.kind
	})
}

// value returns an attribute of an event as text.
func value(event trace.Event, key attribute.Key) string {
	for _, attr := range event.Attributes {
		if attr.Key == key {
			return attr.Value.String()
		}
	}
	return ""
}

// plumbing are the prefixes of attributes that a collector wants and a reader of the demo does not.
var plumbing = []string{"code.", "http.", "url.", "server.", "client.", "network.", "user_agent.", "db.", "messaging.", "rpc.", "error.", "exception.stacktrace"}

// attributes returns attributes as " key=value" pairs, in their order, without plumbing and
// measurements.
func attributes(attrs []attribute.KeyValue) string {
	var out strings.Builder
	for _, attr := range attrs {
		hidden := slices.ContainsFunc(plumbing, func(prefix string) bool { return strings.HasPrefix(string(attr.Key), prefix) })
		if hidden || attr.Value.Type() == attribute.FLOAT64 {
			continue
		}
		text := elide(attr.Value.String())
		if strings.Contains(text, " ") {
			text = `"` + text + `"`
		}
		out.WriteString("  " + string(attr.Key) + "=" + text)
	}
	return out.String()
}

// measured matches durations, which differ from run to run.
var measured = regexp.MustCompile(`\b(\d+h)?(\d+m)?\d+(\.\d+)?(ns|µs|ms|s)\b`)

// folders matches the folders of an import path that begins with a domain, as errors name functions
// by.
var folders = regexp.MustCompile(`\b[\w-]+(\.[\w-]+)+/([\w.~-]+/)*`)

// elide returns the first line of a text, without durations and the folders of import paths.
func elide(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return folders.ReplaceAllString(measured.ReplaceAllString(line, "…"), "")
}

// service drops the directories of a service's import path from the name of a call:
// payments.Service/Charge.
func service(call string) string {
	i := strings.LastIndexByte(call, '/')
	return short(call[:max(i, 0)]) + call[max(i, 0):]
}

// directories matches those of an import path.
var directories = regexp.MustCompile(`[\w.~-]+/`)

// short drops the directories of an import path, and a pointer's star, from a function's or type's
// name.
func short(name string) string {
	return strings.TrimPrefix(directories.ReplaceAllString(name, ""), "*")
}
