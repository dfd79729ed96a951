package natshooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/recorded"
)

const address = "127.0.0.1:4222"

// connect makes a connection, and skips the test where there is no server.
func connect(t *testing.T) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(address, nats.Timeout(time.Second))
	if err != nil {
		t.Skipf("SKIPPED: no NATS at %s", address)
	}
	t.Cleanup(nc.Close)
	return nc
}

// subject returns a subject that no other test uses.
func subject(t *testing.T) string {
	return fmt.Sprintf("instrument_%s_%d", t.Name(), time.Now().UnixNano())
}

// awaited waits until as many spans have ended, and returns them in the order of their names.
func awaited(t *testing.T, spans *tracetest.SpanRecorder, n int) []tracetest.SpanStub {
	t.Helper()
	for range 2000 {
		if len(spans.Ended()) >= n {
			break
		}
		time.Sleep(time.Millisecond) // a handler's span ends in another goroutine, after all that a test can hear of
	}
	all := tracetest.SpanStubsFromReadOnlySpans(spans.Ended())
	if len(all) != n {
		t.Fatalf("%d spans have ended, want %d: %v", len(all), n, names(all))
	}
	slices.SortFunc(all, func(a, b tracetest.SpanStub) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func names(all []tracetest.SpanStub) (list []string) {
	for _, s := range all {
		list = append(list, s.Name+" "+s.SpanKind.String())
	}
	return list
}

// A request, its handler and the response are one trace, with what the conventions ask for and
// nothing that was sent.
func TestRequest(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	nc := connect(t)
	name := subject(t)
	if _, err := ConnQueueSubscribe(nc, name+".*", "workers", func(m *nats.Msg) {
		if !trace.SpanContextFromContext(Context(context.Background(), m.Header)).IsValid() {
			t.Error("the handler does not find its span")
		}
		if err := MsgRespond(m, []byte("secret")); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	reply, err := ConnRequestWithContext(nc, ctx, name+".7", []byte("secret"))
	if err != nil || string(reply.Data) != "secret" {
		t.Fatal(err)
	}
	parent.End()
	all := awaited(t, spans, 4)
	if diff := cmp.Diff([]string{"parent internal", "process " + name + ".* consumer", "publish (temporary) producer", "request " + name + ".7 client"}, names(all)); diff != "" {
		t.Fatal(diff)
	}
	handler, response, request := all[1], all[2], all[3]
	for _, pair := range [][2]tracetest.SpanStub{{request, all[0]}, {handler, request}, {response, handler}} {
		if pair[0].Parent.SpanID() != pair[1].SpanContext.SpanID() {
			t.Errorf("span %s is not below %s", pair[0].Name, pair[1].Name)
		}
	}
	if link, ok := link(reply.Header); !ok || link.SpanContext.SpanID() != response.SpanContext.SpanID() {
		t.Errorf("the response carries %v", reply.Header)
	}
	common := map[string]string{"messaging.system": "nats", "server.address": "127.0.0.1", "server.port": "4222", "messaging.message.body.size": "6"}
	for _, c := range []struct {
		span tracetest.SpanStub
		want map[string]string
	}{
		{request, map[string]string{"messaging.operation.name": "request", "messaging.operation.type": "send", "messaging.destination.name": name + ".7"}},
		{handler, map[string]string{"messaging.operation.name": "process", "messaging.operation.type": "process", "messaging.destination.name": name + ".7",
			"messaging.destination.template": name + ".*", "messaging.consumer.group.name": "workers"}},
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
	if got, want := recorded.Counts(t, reader, "messaging.client.operation.duration", "messaging.operation.name"), []string{"publish: 1", "request: 1"}; !slices.Equal(got, want) {
		t.Errorf("points are %q", got)
	}
	if got, want := recorded.Counts(t, reader, "messaging.process.duration", "messaging.destination.template"), []string{name + ".*: 1"}; !slices.Equal(got, want) {
		t.Errorf("points are %q", got)
	}
}

// Every way to send a message sends it as it is, with the trace, and leaves the program's own
// message alone.
func TestPublish(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	nc := connect(t)
	name := subject(t)
	sub, err := nc.SubscribeSync(name)
	if err != nil {
		t.Fatal(err)
	}
	_, parent := otel.Tracer("test").Start(t.Context(), "parent")
	above := nats.Header{"Traceparent": {"00-" + parent.SpanContext().TraceID().String() + "-" + parent.SpanContext().SpanID().String() + "-01"}, "Kind": {"own"}}
	own := &nats.Msg{Subject: name, Data: []byte("own"), Header: above, Reply: "back"}
	long := make([]byte, nc.MaxPayload())
	for _, c := range []struct {
		send func() error
		want *nats.Msg
	}{
		{func() error { return ConnPublish(nc, name, []byte("data")) }, &nats.Msg{Data: []byte("data")}},
		{func() error { return ConnPublish(nc, name, nil) }, &nats.Msg{}},
		{func() error { return ConnPublishMsg(nc, own) }, own},
		{func() error { return ConnPublishRequest(nc, name, "back", []byte("data")) }, &nats.Msg{Data: []byte("data"), Reply: "back"}},
		{func() error { return ConnPublish(nc, name, long) }, &nats.Msg{Data: long}},
	} {
		spans.Reset()
		if err := c.send(); err != nil {
			t.Fatal(err)
		}
		got, err := sub.NextMsg(5 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		span := awaited(t, spans, 1)[0]
		if string(got.Data) != string(c.want.Data) || got.Reply != c.want.Reply || got.Header.Get("Kind") != c.want.Header.Get("Kind") {
			t.Errorf("%+v has come, want %+v", got, c.want)
		}
		link, ok := link(got.Header)
		if len(c.want.Data) == len(long) {
			ok = !ok && len(got.Header) == 0 // no room
		} else {
			ok = ok && link.SpanContext.SpanID() == span.SpanContext.SpanID()
		}
		if below := span.Parent.SpanID() == parent.SpanContext().SpanID(); !ok || below != (c.want == own) {
			t.Errorf("span %s has parent %v, the message %v", span.Name, span.Parent.SpanID(), got.Header)
		}
	}
	if len(own.Header) != 2 || own.Header.Get("Traceparent") != above.Get("Traceparent") {
		t.Errorf("the program's message has become %v", own.Header)
	}
	if err := ConnPublish(nc, name, make([]byte, nc.MaxPayload()+1)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("the error is %v", err)
	}
	if err := ConnPublish(nil, name, nil); !errors.Is(err, nats.ErrInvalidConnection) {
		t.Errorf("the error is %v", err)
	}
	if err := ConnPublishMsg(nc, nil); !errors.Is(err, nats.ErrInvalidMsg) {
		t.Errorf("the error is %v", err)
	}
	if err := MsgRespond(&nats.Msg{}, nil); !errors.Is(err, nats.ErrMsgNotBound) {
		t.Errorf("the error is %v", err)
	}
	var none context.Context
	if _, err := ConnRequestWithContext(nc, none, name, nil); !errors.Is(err, nats.ErrInvalidContext) {
		t.Errorf("the error is %v", err)
	}
	if _, err := ConnSubscribe(nc, name, nil); !errors.Is(err, nats.ErrBadSubscription) {
		t.Errorf("the error is %v", err)
	}
}

// A message that is asked for has a span with a link, and one that does not come has none; a
// request without anybody there says so.
func TestReceive(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	nc := connect(t)
	name := subject(t)
	sub, err := nc.SubscribeSync(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SubscriptionNextMsg(sub, time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		t.Fatal(err)
	}
	ConnPublish(nc, name, nil)
	if _, err := SubscriptionNextMsg(sub, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	ConnPublish(nc, name, nil)
	if _, err := SubscriptionNextMsgWithContext(sub, t.Context()); err != nil {
		t.Fatal(err)
	}
	all := awaited(t, spans, 4)
	if all[0].Name != "publish "+name || all[2].Name != "receive "+name || len(all[2].Links) != 1 || all[2].Links[0].SpanContext.SpanID() != all[0].SpanContext.SpanID() {
		t.Errorf("spans are %v with links %v", names(all), all[2].Links)
	}
	spans.Reset()
	if _, err := ConnRequest(nc, name+".none", nil, time.Second); !errors.Is(err, nats.ErrNoResponders) {
		t.Fatal(err)
	}
	if got := awaited(t, spans, 1)[0]; recorded.Text(got.Attributes)["error.type"] != "_OTHER" {
		t.Errorf("span %s has %v", got.Name, got.Attributes)
	}
}

// stream makes a stream of subjects, that is gone after the test.
func stream(t *testing.T, nc *nats.Conn, subjects string) (jetstream.JetStream, jetstream.Stream) {
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.ReplaceAll(subject(t), ".", "_")
	s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subjects}, Storage: jetstream.MemoryStorage})
	if err != nil {
		t.Skipf("SKIPPED: no JetStream at %s: %v", address, err)
	}
	t.Cleanup(func() { js.DeleteStream(context.Background(), name) })
	return js, s
}

// What JetStream's own package sends and delivers is recorded, whatever way it takes.
func TestJetStream(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	nc := connect(t)
	name := subject(t)
	js, s := stream(t, nc, name+".>")
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	publish := func(n int) {
		t.Helper()
		for range n {
			if _, err := PublisherPublish(js, ctx, name+".new", []byte("data"), jetstream.WithMsgID(fmt.Sprint(time.Now().UnixNano()))); err != nil {
				t.Fatal(err)
			}
		}
	}
	consumer, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "workers", FilterSubject: name + ".*", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	publish(1)
	var once sync.WaitGroup
	once.Add(1)
	consuming, err := ConsumerConsume(consumer, func(m jetstream.Msg) {
		defer once.Done()
		if m.Headers().Get(jetstream.MsgIDHeader) == "" || string(m.Data()) != "data" || m.Ack() != nil {
			t.Errorf("the handler gets %v", m.Headers())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	once.Wait()
	consuming.Stop()
	<-consuming.Closed()
	all := awaited(t, spans, 2)
	handler, published := all[0], all[1]
	if handler.Name != "process "+name+".*" || recorded.Text(handler.Attributes)["messaging.consumer.group.name"] != "workers" ||
		handler.Parent.SpanID() != published.SpanContext.SpanID() || published.Parent.SpanID() != parent.SpanContext().SpanID() ||
		recorded.Text(published.Attributes)["server.port"] != "4222" {
		t.Errorf("spans are %v", names(all))
	}
	spans.Reset()

	publish(4)
	if m, err := ConsumerNext(consumer); err != nil || m.Ack() != nil {
		t.Fatal(err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := MessagesContextNext(messages); err != nil || m.Ack() != nil {
		t.Fatal(err)
	}
	messages.Stop()
	batch, err := ConsumerFetch(consumer, 2, jetstream.FetchMaxWait(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m := range batch.Messages() {
		n++
		m.Ack()
	}
	if n == 0 || batch.Error() != nil {
		t.Errorf("%d messages have come, %v", n, batch.Error())
	}
	none, err := ConsumerFetchNoWait(consumer, 5)
	if err != nil {
		t.Fatal(err)
	}
	for m := range none.Messages() {
		t.Errorf("%s has come", m.Subject())
	}
	all = awaited(t, spans, 7)
	last := all[len(all)-1]
	if got := names(all)[4:]; !slices.Equal(got, []string{"receive " + name + ".* client", "receive " + name + ".* client", "receive " + name + ".new client"}) {
		t.Errorf("spans are %v", got)
	}
	links := 0
	for _, s := range all[4:] {
		links += len(s.Links)
	}
	if links != 4 {
		t.Errorf("%d links, the last of %v", links, last.Links)
	}
	spans.Reset()
	future, err := PublisherPublishAsync(js, name+".later", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-future.Ok()
	awaited(t, spans, 1)
}

// The same for the API of nats.go that was before it.
func TestLegacy(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	nc := connect(t)
	name := subject(t)
	stream(t, nc, name)
	js, err := nc.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 10)
	for _, subscribe := range []func() (*nats.Subscription, error){
		func() (*nats.Subscription, error) {
			return JetStreamSubscribe(js, name, func(m *nats.Msg) { got <- m.Subject; m.Ack() })
		},
		func() (*nats.Subscription, error) {
			return JetStreamQueueSubscribe(js, name, "workers", func(m *nats.Msg) { got <- m.Subject; m.Ack() })
		},
	} {
		sub, err := subscribe()
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Unsubscribe()
	}
	if _, err := JetStreamPublish(js, name, []byte("data")); err != nil {
		t.Fatal(err)
	}
	future, err := JetStreamPublishAsync(js, name, []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	<-future.Ok()
	for range 4 {
		if s := <-got; s != name {
			t.Errorf("a message of %s has come", s)
		}
	}
	all := awaited(t, spans, 6)
	if all[0].Name != "process "+name || all[4].Name != "publish "+name || all[0].SpanContext.TraceID() != all[4].SpanContext.TraceID() && all[0].SpanContext.TraceID() != all[5].SpanContext.TraceID() {
		t.Errorf("spans are %v", names(all))
	}
	pull, err := js.PullSubscribe(name, "pulling")
	if err != nil {
		t.Fatal(err)
	}
	spans.Reset()
	list, err := SubscriptionFetch(pull, 2, nats.MaxWait(5*time.Second))
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	if got := awaited(t, spans, 1)[0]; len(got.Links) != 2 || recorded.Text(got.Attributes)["messaging.batch.message_count"] != "2" {
		t.Errorf("the span has %v and %v", got.Links, got.Attributes)
	}
}

// A handler that panics has an ended span that says so, and the panic goes on.
func TestPanic(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	func() {
		defer func() {
			if r := recover(); r != "boom" {
				t.Errorf("the panic is %v", r)
			}
		}()
		handler(nil, "a", "", func(*nats.Msg) { panic("boom") })(&nats.Msg{Subject: "a"})
	}()
	if got := awaited(t, spans, 1)[0]; recorded.Text(got.Attributes)["error.type"] != "_OTHER" {
		t.Errorf("the span has %v", got.Attributes)
	}
}
