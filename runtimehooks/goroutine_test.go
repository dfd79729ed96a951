package runtimehooks

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// started is what a generated function does that a go statement starts.
func started(site *Site, starter context.Context, start func(context.Context), ctx context.Context) {
	call := site.Call()
	call.Link(starter)
	ctx = call.Enter(ctx)
	defer call.Leave()
	start(ctx)
}

// The span of what a go statement starts is a child of the context that it is given, and linked to
// that of the statement, unless that is its parent.
func TestLink(t *testing.T) {
	got := record(t)
	tracer := otel.Tracer("test")
	starter, outer := tracer.Start(t.Context(), "starter")
	other, another := tracer.Start(t.Context(), "other")
	for name, c := range map[string]struct {
		starter, given   context.Context
		parented, linked bool
	}{
		"root":            {starter, context.Background(), false, true},
		"the same":        {starter, starter, true, false},
		"another parent":  {starter, other, true, true},
		"no span":         {t.Context(), context.Background(), false, false},
		"a nil starter":   {nil, other, true, false},
		"a nil context":   {starter, nil, false, true},
		"without a trace": {context.Background(), starter, true, false},
	} {
		started(&Site{Function: "main.f go main.g", Name: name, Goroutine: true, Aspects: Aspects{Trace: &Trace{}}}, c.starter, func(context.Context) {}, c.given)
		ended := got.spans.Ended()
		span := ended[len(ended)-1]
		links := span.Links()
		if span.Parent().IsValid() != c.parented || len(links) == 1 != c.linked || len(links) > 1 {
			t.Errorf("%s: parent %v, links %v", name, span.Parent(), links)
		}
		if c.linked && len(links) == 1 && !links[0].SpanContext.Equal(outer.SpanContext()) {
			t.Errorf("%s: link to %v", name, links[0].SpanContext)
		}
		if name := span.Attributes()[0]; name.Value.AsString() != "main.f" {
			t.Errorf("%s: %v", span.Name(), name)
		}
	}
	outer.End()
	another.End()
}

// A panic that recover ends is logged with its stack, because nobody gets the error; the log aspect
// has one record of it, and other functions none.
func TestGoroutinePanics(t *testing.T) {
	for name, c := range map[string]struct {
		site    *Site
		records int
	}{
		"recover":         {&Site{Goroutine: true, Aspects: Aspects{Recover: &Recover{}}}, 1},
		"recover and log": {&Site{Goroutine: true, Aspects: Aspects{Recover: &Recover{}, Log: &Log{}}}, 1},
		"a function":      {&Site{Aspects: Aspects{Recover: &Recover{}}}, 0},
	} {
		out := logTo(t)
		c.site.Function, c.site.Name = "main.f go main.g", "go main.g"
		started(c.site, t.Context(), func(context.Context) { panic("fatal") }, t.Context())
		if n := strings.Count(out.String(), "level=ERROR"); n != c.records {
			t.Errorf("%s: %d records: %s", name, n, out)
		}
		if c.records > 0 && (!strings.Contains(out.String(), `function="main.f go main.g"`) || !strings.Contains(out.String(), "stack=")) {
			t.Errorf("%s: record is %s", name, out)
		}
	}
	out := logTo(t)
	started(&Site{Goroutine: true, Aspects: Aspects{Recover: &Recover{}}}, t.Context(), func(context.Context) {}, t.Context())
	if out.Len() > 0 {
		t.Errorf("a goroutine that returns is logged: %s", out)
	}
}

// Metrics say how many run, and how long they did.
func TestGoroutinesRunning(t *testing.T) {
	got := record(t)
	site := &Site{Function: "main.f go main.g", Goroutine: true, Aspects: Aspects{Metrics: &Metrics{}}}
	t.Cleanup(func() { unmeasure([]*Site{site}) })
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		for range 3 {
			go started(site, t.Context(), func(context.Context) { <-release }, t.Context())
		}
		synctest.Wait()
		if n := got.running(t); n != 3 {
			t.Errorf("%d goroutines run, want 3", n)
		}
		release <- true
		synctest.Wait()
		if n := got.running(t); n != 2 {
			t.Errorf("%d goroutines run, want 2", n)
		}
		close(release)
		synctest.Wait()
		if n := got.running(t); n != 0 {
			t.Errorf("%d goroutines run, want 0", n)
		}
	})
}

// running returns the only point of goroutine.running, -1 for none.
func (got telemetryOf) running(t *testing.T) int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if data, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "goroutine.running" && len(data.DataPoints) == 1 {
				if data.IsMonotonic {
					t.Error("goroutine.running must go up and down")
				}
				return data.DataPoints[0].Value
			}
		}
	}
	return -1
}
