package franzhooks

import (
	"context"
	"net"
	"reflect"
	"strconv"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/internal/observe"
)

// hook records what one client does. It has its client before the client has records.
type hook struct{ client atomic.Pointer[client] }

// client is what is known of a client.
type client struct {
	watch *observe.Messaging
	group string
}

// OnNewClient implements kgo.HookNewClient. A client that others record is not known.
func (h *hook) OnNewClient(c *kgo.Client) {
	if recordedByOthers(c) {
		return
	}
	var host, port string
	if seeds, _ := c.OptValue(kgo.SeedBrokers).([]string); len(seeds) == 1 {
		var err error
		if host, port, err = net.SplitHostPort(seeds[0]); err != nil {
			host, port = seeds[0], "9092" // as the client reads it
		}
	}
	group, _ := c.OptValue(kgo.ConsumerGroup).(string)
	h.client.Store(&client{observe.NewMessaging("kafka", host, port), group})
}

// hooksOf returns the hooks of a client. Older versions have a type of their own for them.
func hooksOf(c *kgo.Client) (list []kgo.Hook) {
	hooks := reflect.ValueOf(c.OptValue(kgo.WithHooks))
	if hooks.Kind() != reflect.Slice {
		return nil
	}
	for i := range hooks.Len() {
		list = append(list, hooks.Index(i).Interface())
	}
	return list
}

// clientOf returns what the hook of a client knows, nil where there is none.
func clientOf(c *kgo.Client) *client {
	if c == nil {
		return nil
	}
	for _, h := range hooksOf(c) {
		if ours, ok := h.(*hook); ok {
			return ours.client.Load()
		}
	}
	return nil
}

// otherPath is the package whose tracer writes spans.
const otherPath = "github.com/twmb/franz-go/plugin/kotel"

// recordedByOthers reports whether somebody else's hook makes a span for each record.
func recordedByOthers(c *kgo.Client) bool {
	for _, h := range hooksOf(c) {
		t := reflect.TypeOf(h)
		if t == nil {
			continue
		}
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.PkgPath() == otherPath && t.Name() == "Tracer" {
			return true
		}
	}
	return false
}

// producing is a record under way, in its own context.
type producing struct {
	context.Context // of the span
	before          context.Context
	call            observe.MessageCall
}

type producingKey struct{}

// Value returns the record for its key.
func (p *producing) Value(key any) any {
	if key == (producingKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// OnProduceRecordBuffered implements kgo.HookProduceRecordBuffered.
func (h *hook) OnProduceRecordBuffered(r *kgo.Record) {
	c := h.client.Load()
	if c == nil {
		return
	}
	ctx := r.Context
	if ctx == nil {
		ctx = context.Background()
	}
	p := &producing{before: r.Context}
	p.Context, p.call = c.watch.Begin(ctx, observe.Publish, observe.Message{Destination: r.Topic, Size: len(r.Value)})
	otel.GetTextMapPropagator().Inject(p.Context, &carrier{r})
	r.Context = p
}

// OnProduceRecordUnbuffered implements kgo.HookProduceRecordUnbuffered. The promise, which is called
// next, finds the record's context as it was.
func (h *hook) OnProduceRecordUnbuffered(r *kgo.Record, err error) {
	if r.Context == nil {
		return
	}
	p, ok := r.Context.Value(producingKey{}).(*producing)
	if !ok {
		return
	}
	if err == nil {
		p.call.Set(func() []attribute.KeyValue { return place(r) })
	}
	p.call.End(err)
	if r.Context == p {
		r.Context = p.before
	}
}

// place returns the attributes of where a record is.
func place(r *kgo.Record) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.MessagingDestinationPartitionID(strconv.Itoa(int(r.Partition))), semconv.MessagingKafkaOffset(int(r.Offset))}
}

// OnFetchRecordBuffered implements kgo.HookFetchRecordBuffered.
func (h *hook) OnFetchRecordBuffered(r *kgo.Record) {
	c := h.client.Load()
	if c == nil {
		return
	}
	ctx := r.Context
	if ctx == nil {
		ctx = context.Background()
	}
	r.Context = &fetched{otel.GetTextMapPropagator().Extract(ctx, &carrier{r}), c}
}
