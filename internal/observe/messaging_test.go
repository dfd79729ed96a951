package observe_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// Operations on messages have the names, kinds and attributes of the conventions.
func TestMessaging(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	m := observe.NewMessaging("kafka", "broker.internal", "9092")
	for _, c := range []struct {
		op      observe.MessageOperation
		message observe.Message
		err     error
		name    string
		kind    trace.SpanKind
		want    map[string]string
	}{
		{observe.Publish, observe.Message{Destination: "orders", Partition: "3", Size: 7}, nil, "publish orders", trace.SpanKindProducer, map[string]string{
			"messaging.operation.type": "send", "messaging.destination.name": "orders", "messaging.destination.partition.id": "3", "messaging.message.body.size": "7"}},
		{observe.Request, observe.Message{Destination: "_INBOX.x", Temporary: true, Size: -1}, context.Canceled, "request (temporary)", trace.SpanKindClient,
			map[string]string{"messaging.operation.type": "send", "messaging.destination.temporary": "true", "error.type": "canceled"}},
		{observe.Process, observe.Message{Destination: "orders.7", Template: "orders.*", Group: "g", ID: "m1"}, nil, "process orders.*", trace.SpanKindConsumer,
			map[string]string{"messaging.operation.type": "process", "messaging.destination.name": "orders.7", "messaging.destination.template": "orders.*",
				"messaging.consumer.group.name": "g", "messaging.message.id": "m1", "messaging.message.body.size": "0"}},
	} {
		_, call := m.Begin(t.Context(), c.op, c.message)
		call.End(c.err)
		span := spans.Ended()[0]
		spans.Reset()
		got := recorded.Text(span.Attributes())
		delete(got, "messaging.operation.name")
		c.want["messaging.system"], c.want["server.address"], c.want["server.port"] = "kafka", "broker.internal", "9092"
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if span.Name() != c.name || span.SpanKind() != c.kind || (c.err != nil) != (span.Status().Code == codes.Error) {
			t.Errorf("span is %q, a %v with %v", span.Name(), span.SpanKind(), span.Status())
		}
	}
	start := time.Now().Add(-time.Hour)
	m.Record(t.Context(), observe.Message{Destination: "orders", Count: 5}, start, []trace.Link{{}}, nil)
	span := spans.Ended()[0]
	if attrs := recorded.Text(span.Attributes()); span.Name() != "receive orders" || !span.StartTime().Equal(start) || attrs["messaging.batch.message_count"] != "5" {
		t.Errorf("span is %q with %v, since %v", span.Name(), attrs, span.StartTime())
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, metric := range data.ScopeMetrics[0].Metrics {
		if sum, ok := metric.Data.(metricdata.Sum[int64]); ok {
			for _, p := range sum.DataPoints {
				counts[metric.Name] += p.Value
			}
		}
	}
	if diff := cmp.Diff(map[string]int64{"messaging.client.sent.messages": 2, "messaging.client.consumed.messages": 6}, counts); diff != "" {
		t.Error(diff)
	}
}

// A program that makes up destinations makes no more series than can be kept.
func TestDestinationsAreBounded(t *testing.T) {
	_, reader := recorded.Telemetry(t)
	m := observe.NewMessaging("nats", "", "")
	for i := range 2000 {
		_, call := m.Begin(t.Context(), observe.Publish, observe.Message{Destination: fmt.Sprintf("orders.%d", i)})
		call.End(nil)
	}
	if n := len(recorded.Counts(t, reader, "messaging.client.operation.duration", "messaging.destination.name")); n > 510 || n < 100 {
		t.Errorf("there are %d points", n)
	}
}
