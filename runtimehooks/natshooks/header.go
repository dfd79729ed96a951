package natshooks

import (
	"context"
	"maps"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Context returns a context with the trace that a message's headers carry: in a handler, that of
// the handler's span.
func Context(ctx context.Context, header nats.Header) context.Context {
	if len(header) == 0 {
		return ctx
	}
	return otel.GetTextMapPropagator().Extract(ctx, carrier(header))
}

// carrier are the headers of a message, for a propagator. NATS sends names as they are written, and
// clients write them differently, so any case is read, and one remains.
type carrier nats.Header

// Get implements propagation.TextMapCarrier.
func (c carrier) Get(key string) string {
	if values := c.Values(key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values implements propagation.ValuesGetter.
func (c carrier) Values(key string) []string {
	if values, ok := c[key]; ok {
		return values
	}
	for name, values := range c {
		if strings.EqualFold(name, key) {
			return values
		}
	}
	return nil
}

// Set implements propagation.TextMapCarrier.
func (c carrier) Set(key, value string) {
	for name := range c {
		if strings.EqualFold(name, key) {
			delete(c, name)
		}
	}
	c[key] = []string{value}
}

// Keys implements propagation.TextMapCarrier.
func (c carrier) Keys() (keys []string) {
	for name := range c {
		keys = append(keys, name)
	}
	return keys
}

// join sets what the other has.
func (c carrier) join(other carrier) {
	for name, values := range other {
		c.Set(name, values[0])
	}
}

// fields returns what the context's trace adds to headers, nil for nothing.
func fields(ctx context.Context) carrier {
	c := carrier{}
	otel.GetTextMapPropagator().Inject(ctx, c)
	return c
}

// with returns a message with the context's trace in its headers, in the place of what is there;
// the message itself where there is nothing to add or no room for it.
func with(ctx context.Context, m *nats.Msg, most int64) *nats.Msg {
	added := fields(ctx)
	if len(added) == 0 || int64(size(m.Header)+size(nats.Header(added))+len(m.Data)) > most {
		return m
	}
	header := carrier(maps.Clone(m.Header))
	if header == nil {
		header = added
	}
	header.join(added)
	return &nats.Msg{Subject: m.Subject, Reply: m.Reply, Header: nats.Header(header), Data: m.Data}
}

// size is how many bytes headers take in a message, at most.
func size(header nats.Header) int {
	n := len("NATS/1.0\r\n\r\n")
	for name, values := range header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// link returns the link to the span that a message's headers carry.
func link(header nats.Header) (trace.Link, bool) {
	sc := trace.SpanContextFromContext(Context(context.Background(), header))
	return trace.Link{SpanContext: sc}, sc.IsValid()
}
