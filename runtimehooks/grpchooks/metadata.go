package grpchooks

import (
	"context"
	"strings"

	"google.golang.org/grpc/metadata"
)

// incoming is the metadata of a call that is served, for a propagator to read. It reads each key
// where it is: the functions of package metadata copy all of them.
type incoming struct{ ctx context.Context }

// Get implements propagation.TextMapCarrier.
func (c incoming) Get(key string) string {
	if values := metadata.ValueFromIncomingContext(c.ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values implements propagation.ValuesGetter.
func (c incoming) Values(key string) []string { return metadata.ValueFromIncomingContext(c.ctx, key) }

// Set implements propagation.TextMapCarrier.
func (c incoming) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (c incoming) Keys() []string {
	md, _ := metadata.FromIncomingContext(c.ctx)
	keys := make([]string, 0, len(md))
	for key := range md {
		keys = append(keys, key)
	}
	return keys
}

// outgoing collects what a propagator writes for a call.
type outgoing struct{ pairs []string }

// Get implements propagation.TextMapCarrier.
func (c *outgoing) Get(key string) string {
	key = strings.ToLower(key)
	for i := 0; i < len(c.pairs); i += 2 {
		if c.pairs[i] == key {
			return c.pairs[i+1]
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (c *outgoing) Set(key, value string) { c.pairs = append(c.pairs, strings.ToLower(key), value) }

// Keys implements propagation.TextMapCarrier.
func (c *outgoing) Keys() (keys []string) {
	for i := 0; i < len(c.pairs); i += 2 {
		keys = append(keys, c.pairs[i])
	}
	return keys
}

// context returns ctx with what was collected in its outgoing metadata. It takes the place of what
// is there under the same keys, such as the trace of a call whose metadata the program passes on.
func (c *outgoing) context(ctx context.Context) context.Context {
	if len(c.pairs) == 0 {
		return ctx
	}
	md, ok := metadata.FromOutgoingContext(ctx)
	if !ok {
		return metadata.AppendToOutgoingContext(ctx, c.pairs...)
	}
	for i := 0; i < len(c.pairs); i += 2 {
		md.Set(c.pairs[i], c.pairs[i+1])
	}
	return metadata.NewOutgoingContext(ctx, md)
}
