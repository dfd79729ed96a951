package natshooks

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
)

// watch records what all connections of the process do.
var watch = observe.NewMessaging("nats", "", "")

// message describes a message by its subject, and by the one that was subscribed to, "" for none.
func message(subject, subscribed, group string, data []byte) observe.Message {
	m := observe.Message{Destination: subject, Group: group, Size: len(data), Temporary: strings.HasPrefix(subject, nats.InboxPrefix)}
	if strings.HasSuffix(subscribed, ">") || strings.Contains(subscribed, "*") {
		m.Template = subscribed
	}
	return m
}

// errLeft is the outcome of a handler that left by a panic or runtime.Goexit.
var errLeft = errors.New("the handler left by a panic or runtime.Goexit")

// handled runs a handler in a span below what the message carries, and gives it the headers that
// carry the span.
func handled(m observe.Message, header nats.Header, server func() []attribute.KeyValue, handle func(carrier)) {
	ctx, call := watch.Begin(Context(context.Background(), header), observe.Process, m)
	call.Set(server)
	err := errLeft
	defer func() { call.End(err) }()
	if trace.SpanContextFromContext(ctx).IsValid() {
		handle(fields(ctx))
	} else {
		handle(nil)
	}
	err = nil
}

// received records messages that were asked for since start.
func received(ctx context.Context, m observe.Message, start time.Time, headers ...nats.Header) {
	var links []trace.Link
	for _, header := range headers {
		if l, ok := link(header); ok {
			links = append(links, l)
		}
	}
	watch.Record(ctx, m, start, links, nil)
}

// servers are the attributes of servers by their URLs.
var (
	servers     sync.Map
	serversSize atomic.Int64
)

// serversLimit is how many servers are kept prepared.
const serversLimit = 256

// serverOf returns the attributes of the server that a connection has.
func serverOf(nc *nats.Conn) []attribute.KeyValue {
	if nc == nil {
		return nil
	}
	text := nc.ConnectedUrl()
	if known, ok := servers.Load(text); ok {
		return known.([]attribute.KeyValue)
	}
	var attrs []attribute.KeyValue
	if u, err := url.Parse(text); err == nil {
		attrs = observe.Server(u.Hostname(), u.Port())
	}
	if serversSize.Add(1) <= serversLimit {
		servers.Store(text, attrs)
	}
	return attrs
}
