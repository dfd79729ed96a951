package franzhooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/recorded"
)

// brokers starts a broker with the topic "orders", and returns its address.
func brokers(t *testing.T) string {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

// client returns a client of the topic, closed after the test.
func newClient(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	c, err := NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func names(all tracetest.SpanStubs) (list []string) {
	for _, s := range all {
		list = append(list, s.Name+" "+s.SpanKind.String())
	}
	return list
}

// A record's way from its producer to the function that gets it is one trace, with what the
// conventions ask for and nothing of the record.
func TestRecord(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	address := brokers(t)
	c := newClient(t, kgo.SeedBrokers(address), kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	own := []kgo.RecordHeader{{Key: "kind", Value: []byte("own")}, {Key: "traceparent", Value: []byte("old")}}
	r := &kgo.Record{Topic: "orders", Key: []byte("secret"), Value: []byte("secret"), Headers: own}
	if err := c.ProduceSync(ctx, r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if r.Context != ctx || string(own[1].Value) != "old" || len(r.Headers) != 2 {
		t.Errorf("the record has context %v and headers %v, the program %v", r.Context, r.Headers, own)
	}
	fetches := ClientPollFetches(c, ctx)
	n := 0
	FetchesEachRecord(fetches, func(r *kgo.Record) {
		n++
		_, inside := otel.Tracer("test").Start(r.Context, "inside")
		inside.End()
	})
	parent.End()
	if n != 1 || fetches.Err() != nil {
		t.Fatal(n, fetches.Err())
	}
	all := tracetest.SpanStubsFromReadOnlySpans(spans.Ended())
	if diff := cmp.Diff([]string{"publish orders producer", "receive orders client", "inside internal", "process orders consumer", "parent internal"}, names(all)); diff != "" {
		t.Fatal(diff)
	}
	published, received, inside, processed := all[0], all[1], all[2], all[3]
	for _, pair := range [][2]trace.SpanContext{{published.Parent, parent.SpanContext()}, {received.Parent, parent.SpanContext()},
		{processed.Parent, published.SpanContext}, {inside.Parent, processed.SpanContext}} {
		if pair[0].SpanID() != pair[1].SpanID() {
			t.Errorf("a parent is %v, want %v", pair[0].SpanID(), pair[1].SpanID())
		}
	}
	if len(received.Links) != 1 || received.Links[0].SpanContext.SpanID() != published.SpanContext.SpanID() {
		t.Errorf("links are %v", received.Links)
	}
	host, port, _ := strings.Cut(address, ":")
	common := map[string]string{"messaging.system": "kafka", "messaging.destination.name": "orders", "server.address": host, "server.port": port}
	for _, c := range []struct {
		span tracetest.SpanStub
		want map[string]string
	}{
		{published, map[string]string{"messaging.operation.name": "publish", "messaging.operation.type": "send", "messaging.message.body.size": "6",
			"messaging.destination.partition.id": "0", "messaging.kafka.offset": "0"}},
		{received, map[string]string{"messaging.operation.name": "receive", "messaging.operation.type": "receive", "messaging.batch.message_count": "1"}},
		{processed, map[string]string{"messaging.operation.name": "process", "messaging.operation.type": "process", "messaging.message.body.size": "6",
			"messaging.destination.partition.id": "0", "messaging.kafka.offset": "0"}},
	} {
		for k, v := range common {
			c.want[k] = v
		}
		if diff := cmp.Diff(c.want, recorded.Text(c.span.Attributes)); diff != "" {
			t.Errorf("%s: %s", c.span.Name, diff)
		}
	}
	if text := fmt.Sprint(all); strings.Contains(text, "secret") {
		t.Errorf("the spans show %s", text)
	}
	if got, want := recorded.Counts(t, reader, "messaging.client.operation.duration", "messaging.operation.name"), []string{"publish: 1", "receive: 1"}; !slices.Equal(got, want) {
		t.Errorf("points are %q", got)
	}
}

// A record that cannot be produced says so, a poll that comes back empty has no span, and a record
// that is produced again is a new one.
func TestFailures(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := newClient(t, kgo.SeedBrokers(brokers(t)), kgo.ConsumeTopics("orders"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	r := &kgo.Record{Topic: "orders", Value: []byte("x")}
	if err := c.ProduceSync(ended, r).FirstErr(); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if fetches := ClientPollRecords(c, ended, 1); fetches.NumRecords() != 0 {
		t.Fatal(fetches)
	}
	r.Context = nil
	for range 2 {
		if err := c.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	all := tracetest.SpanStubsFromReadOnlySpans(spans.Ended())
	if len(all) != 3 || recorded.Text(all[0].Attributes)["error.type"] != "canceled" || all[1].Parent.IsValid() || all[2].Parent.IsValid() || len(r.Headers) != 1 {
		t.Errorf("spans are %v, of %v", names(all), r.Headers)
	}
}

// A function that panics has an ended span that says so, and the panic goes on. What is no record
// of a client's has none.
func TestProcess(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := newClient(t, kgo.SeedBrokers(brokers(t)), kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "orders"}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	fetches := c.PollFetches(t.Context())
	spans.Reset()
	func() {
		defer func() {
			if r := recover(); r != "boom" {
				t.Errorf("the panic is %v", r)
			}
		}()
		FetchesEachRecord(fetches, func(*kgo.Record) { panic("boom") })
	}()
	all := tracetest.SpanStubsFromReadOnlySpans(spans.Ended())
	if len(all) != 1 || recorded.Text(all[0].Attributes)["error.type"] != "_OTHER" {
		t.Errorf("spans are %v", all)
	}
	spans.Reset()
	n := 0
	made := kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "a", Partitions: []kgo.FetchPartition{{Records: []*kgo.Record{{Topic: "a"}, {Topic: "a", Context: t.Context()}}}}}}}}
	FetchesEachRecord(made, func(*kgo.Record) { n++ })
	if n != 2 || len(spans.Ended()) != 0 {
		t.Errorf("%d records, %d spans", n, len(spans.Ended()))
	}
}

// What is read of a client is there in each version that is tested.
func TestClient(t *testing.T) {
	c := newClient(t, kgo.SeedBrokers("broker.internal:9093"), kgo.ConsumerGroup("workers"), kgo.ConsumeTopics("orders"))
	if got := clientOf(c); got == nil || got.group != "workers" || recordedByOthers(c) {
		t.Errorf("the client is %+v", got)
	}
	plain, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if clientOf(plain) != nil || clientOf(nil) != nil {
		t.Error("a client without the hook has one")
	}
	s, err := NewGroupTransactSession(kgo.SeedBrokers("broker.internal"), kgo.TransactionalID("t"), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if clientOf(s.Client()) == nil {
		t.Error("a session has no hook")
	}
}
