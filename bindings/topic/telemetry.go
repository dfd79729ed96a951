package topic

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/messagingconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
)

// boundaries are the semantic conventions' for durations of messaging, in seconds.
var boundaries = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

// client records what is done with one topic, by the messaging conventions.
type client struct {
	destination string
	common      []attribute.KeyValue
	meters      observe.Meters[meters]
}

func newClient(system, destination, host, port string) *client {
	c := &client{destination: destination}
	c.common = []attribute.KeyValue{semconv.MessagingSystemKey.String(system), semconv.MessagingDestinationName(destination)}
	c.common = append(c.common, observe.Server(host, port)...)
	return c
}

// meters are the instruments of one meter provider.
type meters struct {
	operation, process metric.Float64Histogram
	sent, consumed     metric.Int64Counter
	failures           metric.Int64Counter // the conventions have none
}

// newMeters makes the instruments of a provider.
func newMeters(provider metric.MeterProvider) (meters, error) {
	meter := provider.Meter(observe.Scope, metric.WithSchemaURL(semconv.SchemaURL))
	operation, err1 := messagingconv.NewClientOperationDuration(meter, boundaries)
	process, err2 := messagingconv.NewProcessDuration(meter, boundaries)
	sent, err3 := messagingconv.NewClientSentMessages(meter)
	consumed, err4 := messagingconv.NewClientConsumedMessages(meter)
	failures, err5 := meter.Int64Counter("instrument.bindings.receive.failures", metric.WithUnit("{look}"),
		metric.WithDescription("How often a subscription looked for messages and could not."))
	return meters{operation.Inst(), process.Inst(), sent.Inst(), consumed.Inst(), failures}, errors.Join(err1, err2, err3, err4, err5)
}

// call is publishing or handling under way.
type call struct {
	ctx      context.Context
	span     trace.Span
	start    time.Time
	attrs    []attribute.KeyValue // of the metrics
	duration metric.Float64Histogram
	count    metric.Int64Counter
}

// publish starts to record the publishing of a message, whose headers carry the trace on.
func (c *client) publish(ctx context.Context, m *Message) (context.Context, *call) {
	meters := c.meters.Get(newMeters)
	call := c.begin(ctx, "publish", semconv.MessagingOperationTypeSend, trace.SpanKindProducer, m)
	call.duration, call.count = meters.operation, meters.sent
	m.Headers = map[string]string{}
	otel.GetTextMapPropagator().Inject(call.ctx, propagation.MapCarrier(m.Headers))
	return call.ctx, call
}

// process starts to record the handling of a message, in the trace that its headers carry.
func (c *client) process(ctx context.Context, group string, r *Received) (context.Context, *call) {
	meters := c.meters.Get(newMeters)
	ctx = trace.ContextWithSpanContext(ctx, trace.SpanContext{}) // who subscribed has not caused it
	ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.MapCarrier(r.Headers))
	call := c.begin(ctx, "process", semconv.MessagingOperationTypeProcess, trace.SpanKindConsumer, &r.Message,
		semconv.MessagingConsumerGroupName(group))
	call.duration, call.count = meters.process, meters.consumed
	return call.ctx, call
}

// failed counts a look for messages that has failed.
func (c *client) failed(ctx context.Context, group string, err error) {
	attrs := append(c.common[:len(c.common):len(c.common)], semconv.MessagingOperationName("receive"), semconv.MessagingOperationTypeReceive,
		semconv.MessagingConsumerGroupName(group), semconv.ErrorTypeKey.String(observe.ErrorType(err)))
	c.meters.Get(newMeters).failures.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attrs...)))
}

func (c *client) begin(ctx context.Context, op string, kind attribute.KeyValue, as trace.SpanKind, m *Message,
	more ...attribute.KeyValue) *call {
	call := &call{start: time.Now()}
	call.attrs = append(append(c.common[:len(c.common):len(c.common)], semconv.MessagingOperationName(op), kind), more...)
	attrs := append(call.attrs[:len(call.attrs):len(call.attrs)], semconv.MessagingMessageBodySize(len(m.Data)))
	if m.ID != "" {
		attrs = append(attrs, semconv.MessagingMessageID(m.ID))
	}
	tracer := otel.GetTracerProvider().Tracer(observe.Scope, trace.WithSchemaURL(semconv.SchemaURL))
	call.ctx, call.span = tracer.Start(ctx, op+" "+c.destination, trace.WithSpanKind(as), trace.WithAttributes(attrs...))
	return call
}

// end ends the call with its result.
func (c *call) end(err error) {
	attrs := c.attrs
	if err != nil {
		kind := observe.ErrorType(err)
		attrs = append(attrs[:len(attrs):len(attrs)], semconv.ErrorTypeKey.String(kind))
		c.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		c.span.SetStatus(codes.Error, err.Error())
	}
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	c.duration.Record(c.ctx, time.Since(c.start).Seconds(), set)
	c.count.Add(c.ctx, 1, set)
	c.span.End()
}
