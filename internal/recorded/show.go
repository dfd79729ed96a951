package recorded

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Tree returns the spans that have ended, one a line: below its parent, with kind, name and the
// named attributes. Spans whose parent is another process's are roots.
func Tree(spans *tracetest.SpanRecorder, keys ...string) string {
	var b strings.Builder
	ended := spans.Ended()
	slices.SortStableFunc(ended, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	here := map[trace.SpanID]bool{}
	for _, s := range ended {
		here[s.SpanContext().SpanID()] = true
	}
	var write func(parent trace.SpanID, depth int)
	write = func(parent trace.SpanID, depth int) {
		for _, s := range ended {
			above := s.Parent().SpanID()
			if !here[above] {
				above = trace.SpanID{}
			}
			if above != parent {
				continue
			}
			b.WriteString(strings.Repeat("  ", depth) + s.SpanKind().String() + " " + s.Name())
			has := Text(s.Attributes())
			for _, k := range keys {
				if v, ok := has[k]; ok {
					b.WriteString(" " + k + "=" + v)
				}
			}
			b.WriteString("\n")
			write(s.SpanContext().SpanID(), depth+1)
		}
	}
	write(trace.SpanID{}, 0)
	return b.String()
}

// Points returns the attributes of the points of a histogram of seconds, sorted, each with its
// count.
func Points(t *testing.T, reader *sdkmetric.ManualReader, name string) (lines []string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			if m.Unit != "s" {
				t.Errorf("the unit of %s is %q", name, m.Unit)
			}
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				set := attribute.NewSet(p.Attributes.ToSlice()...)
				lines = append(lines, strings.TrimSpace(set.Encoded(attribute.DefaultEncoder())+fmt.Sprintf(" ×%d", p.Count)))
			}
		}
	}
	slices.Sort(lines)
	return lines
}
