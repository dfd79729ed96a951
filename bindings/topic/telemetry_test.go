package topic_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/topic"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// run publishes messages under a span and handles each, which fails with err, and closes the
// platform.
func run(t *testing.T, err error, messages ...string) {
	t.Helper()
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "orders", URL: "mem:"}}}
	p, openErr := bindings.Open(t.Context(), env, mem.Provider)
	if openErr != nil {
		t.Fatal(openErr)
	}
	o, openErr := topic.Open[string](t.Context(), p, "orders", topic.IDOf(func(m string) string { return m }))
	if openErr != nil {
		t.Fatal(openErr)
	}
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	for _, m := range messages {
		if err := o.Publish(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	parent.End()
	handled := make(chan bool)
	_, subErr := o.Subscribe(t.Context(), "billing", func(context.Context, string) error { handled <- true; return err })
	if subErr != nil {
		t.Fatal(subErr)
	}
	for range messages {
		select {
		case <-handled:
		case <-time.After(10 * time.Second):
			t.Fatal("no message")
		}
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// One trace leads from who publishes to who handles, with the conventions' attributes.
func TestSpans(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	run(t, bindings.Reject(errors.New("no stock")), "o-1")
	byName := map[string]sdktrace.ReadOnlySpan{}
	for _, s := range spans.Ended() {
		byName[s.Name()] = s
	}
	published, processed := byName["publish orders"], byName["process orders"]
	if published == nil || processed == nil || len(byName) != 3 {
		t.Fatalf("spans are %v", byName)
	}
	common := map[string]string{"messaging.system": "memory", "messaging.destination.name": "orders", "messaging.message.id": "o-1",
		"messaging.message.body.size": "5"}
	want := func(more ...string) map[string]string {
		all := map[string]string{}
		for name, value := range common {
			all[name] = value
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	if diff := cmp.Diff(want("messaging.operation.name", "publish", "messaging.operation.type", "send"), recorded.Text(published.Attributes())); diff != "" {
		t.Error("publish:", diff)
	}
	if diff := cmp.Diff(want("messaging.operation.name", "process", "messaging.operation.type", "process", "messaging.consumer.group.name", "billing",
		"error.type", "_OTHER"), recorded.Text(processed.Attributes())); diff != "" {
		t.Error("process:", diff)
	}
	if published.SpanKind() != trace.SpanKindProducer || processed.SpanKind() != trace.SpanKindConsumer ||
		published.Parent().SpanID() != byName["parent"].SpanContext().SpanID() || processed.Parent().SpanID() != published.SpanContext().SpanID() ||
		!processed.Parent().IsRemote() || published.Status().Code != codes.Unset || processed.Status().Code != codes.Error {
		t.Errorf("spans are %v of %v, %v of %v", published.SpanKind(), published.Parent(), processed.SpanKind(), processed.Parent())
	}
}

// Messages and their durations are counted on both sides.
func TestMetrics(t *testing.T) {
	_, reader := recorded.Telemetry(t)
	run(t, nil, "o-1", "o-2", "o-3")
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		switch d := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range d.DataPoints {
				counts[m.Name+" "+m.Unit+" "+recorded.Text(p.Attributes.ToSlice())["messaging.operation.name"]] += p.Value
			}
		case metricdata.Histogram[float64]:
			for _, p := range d.DataPoints {
				counts[m.Name+" "+m.Unit+" "+recorded.Text(p.Attributes.ToSlice())["messaging.operation.name"]] += int64(p.Count)
			}
		}
	}
	if diff := cmp.Diff(map[string]int64{
		"messaging.client.sent.messages {message} publish":     3,
		"messaging.client.operation.duration s publish":        3,
		"messaging.client.consumed.messages {message} process": 3,
		"messaging.process.duration s process":                 3,
	}, counts); diff != "" {
		t.Error(diff)
	}
}
