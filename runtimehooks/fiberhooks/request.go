package fiberhooks

import (
	"net/http"
	"net/url"

	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel"
)

// requestKey is the key of what request has returned.
type requestKey struct{}

// request returns what spans and metrics say of a request, and what names the caller's trace, as a
// request of net/http without a body. It is a copy, made once: fasthttp uses its memory again.
func request(c *fasthttp.RequestCtx) *http.Request {
	if r, ok := c.UserValue(requestKey{}).(*http.Request); ok {
		return r
	}
	uri, from := c.URI(), &c.Request.Header
	r := &http.Request{
		Method:     string(from.Method()),
		URL:        &url.URL{Path: string(uri.Path()), RawQuery: string(uri.QueryString())},
		Proto:      string(from.Protocol()),
		Host:       string(from.Host()),
		RemoteAddr: c.RemoteAddr().String(),
		Header:     http.Header{},
		TLS:        c.TLSConnectionState(),
	}
	for _, name := range []string{"User-Agent", "X-Forwarded-For"} {
		copyHeader(r.Header, from, name)
	}
	for _, name := range otel.GetTextMapPropagator().Fields() {
		copyHeader(r.Header, from, name)
	}
	c.SetUserValue(requestKey{}, r)
	return r
}

// forget removes what the functions of this package keep with a request.
func forget(c *fasthttp.RequestCtx) {
	c.RemoveUserValue(requestKey{})
	if spanKey != nil {
		c.RemoveUserValue(spanKey)
	}
}

func copyHeader(to http.Header, from *fasthttp.RequestHeader, name string) {
	for _, value := range from.PeekAll(name) {
		to.Add(name, string(value))
	}
}
