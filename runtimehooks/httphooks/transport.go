package httphooks

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// transport is a round tripper that writes telemetry.
type transport struct{ base http.RoundTripper }

// RoundTrip sends the request, with the trace in the headers of a copy. The span ends when the
// response's body has been read or closed.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.base
	if base == nil {
		base = http.DefaultTransport
	}
	if process.Off() || req.URL == nil || req.Header == nil {
		return base.RoundTrip(req)
	}
	st := clientTelemetry()
	start := clock.Now()
	ctx, span := st.Tracer.Start(req.Context(), spanName(method(req), ""), st.Kind,
		trace.WithAttributes(sent(req)...))
	outgoing := req.WithContext(ctx)
	if p := otel.GetTextMapPropagator(); len(p.Fields()) > 0 {
		outgoing.Header = req.Header.Clone()
		p.Inject(ctx, propagation.HeaderCarrier(outgoing.Header))
	}
	resp, err := base.RoundTrip(outgoing)
	key := exchange{method: method(req), scheme: req.URL.Scheme, host: req.URL.Hostname(), port: req.URL.Port()}
	switch {
	case err != nil:
		f := failed(ctx, err)
		key.errorType = f.Type
		f.Mark(span)
	default:
		key.status, key.protocol = resp.StatusCode, version(resp.Proto)
		if resp.StatusCode >= 400 {
			key.errorType = strconv.Itoa(resp.StatusCode)
			span.SetStatus(codes.Error, "")
			span.SetAttributes(semconv.ErrorTypeKey.String(key.errorType))
		}
		span.SetAttributes(semconv.HTTPResponseStatusCode(resp.StatusCode))
		if key.protocol != "" {
			span.SetAttributes(semconv.NetworkProtocolVersion(key.protocol))
		}
	}
	st.Durations.Record(ctx, time.Since(start).Seconds(), key)
	if err != nil || resp.Body == nil || resp.Body == http.NoBody || !span.IsRecording() {
		span.End()
		return resp, err
	}
	resp.Body = tracedBody(resp.Body, ctx, span)
	return resp, nil
}

// failed describes why there is no response.
func failed(ctx context.Context, err error) telemetry.Failure {
	f := telemetry.Failed(err)
	if cause := ctx.Err(); cause != nil && errors.Is(err, cause) {
		f = telemetry.Failed(cause)
	}
	return f
}

// sent returns the span's attributes that are known before the response.
func sent(req *http.Request) []attribute.KeyValue {
	m := method(req)
	attrs := make([]attribute.KeyValue, 0, 8)
	attrs = append(attrs, semconv.HTTPRequestMethodKey.String(m), semconv.URLFull(fullURL(req.URL)))
	if m != req.Method && req.Method != "" {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(req.Method))
	}
	attrs = append(attrs, semconv.ServerAddress(req.URL.Hostname()))
	if port, ok := portOf(req.URL.Scheme, req.URL.Port()); ok {
		attrs = append(attrs, semconv.ServerPort(port))
	}
	resent := 0
	for r := req.Response; r != nil && r.Request != nil; r = r.Request.Response { // the redirects that led here
		resent++
	}
	if resent > 0 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(resent))
	}
	return attrs
}

func portOf(scheme, port string) (int, bool) {
	switch {
	case port != "":
		n, err := strconv.Atoi(port)
		return n, err == nil
	case scheme == "http":
		return 80, true
	case scheme == "https":
		return 443, true
	}
	return 0, false
}

// exchange is a combination of attributes of http.client.request.duration.
type exchange struct {
	method, scheme, host, port, protocol, errorType string
	status                                          int
}

func (e exchange) attributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(e.method), semconv.URLScheme(e.scheme), semconv.ServerAddress(e.host),
	}
	if port, ok := portOf(e.scheme, e.port); ok {
		attrs = append(attrs, semconv.ServerPort(port))
	}
	return appendResponse(attrs, e.protocol, e.status, e.errorType)
}

// clients are the instruments that all requests share.
var clients telemetry.Installed[exchange]

func clientTelemetry() *telemetry.Instruments[exchange] {
	if in := clients.Current(); in != nil {
		return in
	}
	return clients.Renew(trace.SpanKindClient, "http.client.request.duration", "Duration of HTTP client requests.", outcomes, exchange.attributes)
}

// body is a response's body that ends the span.
type body struct {
	io.ReadCloser
	ctx  context.Context
	span trace.Span
	once sync.Once
}

// tracedBody wraps a body. That of a switched protocol can be written, too.
func tracedBody(of io.ReadCloser, ctx context.Context, span trace.Span) io.ReadCloser {
	b := &body{ReadCloser: of, ctx: ctx, span: span}
	if w, ok := of.(io.Writer); ok {
		return &writableBody{b, w}
	}
	return b
}

type writableBody struct {
	*body
	io.Writer
}

// Read ends the span at the body's end, or where it breaks off.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.end(err)
	}
	return n, err
}

// Close ends the span.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.end(nil)
	return err
}

func (b *body) end(err error) {
	b.once.Do(func() {
		if err != nil && err != io.EOF {
			f := failed(b.ctx, err)
			f.Mark(b.span)
		}
		b.span.End()
	})
}
