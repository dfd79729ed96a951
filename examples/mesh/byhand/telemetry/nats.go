package telemetry

import (
	"context"
	"net/url"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/instrumentgo/instrument/examples/mesh/byhand/telemetry"

// Publish is js.Publish, with a span whose trace the message carries.
func Publish(ctx context.Context, js jetstream.Publisher, host, subject string, data []byte) error {
	ctx, span := otel.Tracer(scope).Start(ctx, "publish "+subject, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String("messaging.operation.name", "publish"),
		attribute.String("messaging.operation.type", "send"),
		attribute.String("messaging.destination.name", subject),
		attribute.Int("messaging.message.body.size", len(data)),
		attribute.String("server.address", host),
	))
	defer span.End()
	m := nats.NewMsg(subject)
	m.Data = data
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(m.Header))
	_, err := js.PublishMsg(ctx, m)
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return err
}

// Handler returns a handler whose calls have a span below the publisher's.
func Handler(group, subject string, handle jetstream.MessageHandler) jetstream.MessageHandler {
	return func(m jetstream.Msg) {
		ctx := otel.GetTextMapPropagator().Extract(context.Background(), propagation.HeaderCarrier(m.Headers()))
		_, span := otel.Tracer(scope).Start(ctx, "process "+subject, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.operation.name", "process"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.destination.name", m.Subject()),
			attribute.String("messaging.consumer.group.name", group),
			attribute.Int("messaging.message.body.size", len(m.Data())),
		))
		defer span.End()
		handle(m)
	}
}

// Host returns the host that a connection is to.
func Host(nc *nats.Conn) string {
	u, err := url.Parse(nc.ConnectedUrl())
	if err != nil {
		return ""
	}
	return u.Hostname()
}
