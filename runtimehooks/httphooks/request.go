package httphooks

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// route returns the request's pattern without its method and host: "/orders/{id}" for "GET
// example.com/orders/{id}". It is "" if no router has set a pattern.
func route(r *http.Request) string {
	pattern := r.Pattern
	if i := strings.IndexByte(pattern, '/'); i > 0 {
		return pattern[i:]
	}
	return pattern
}

// method returns the request's method as the conventions name it: "_OTHER" for one that they do not
// know.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace, "QUERY":
		return r.Method
	case "":
		return http.MethodGet
	}
	return "_OTHER"
}

// spanName returns "{method} {route}".
func spanName(method, route string) string {
	if method == "_OTHER" {
		method = "HTTP"
	}
	if route == "" {
		return method
	}
	return method + " " + route
}

// scheme returns "https" for a request that came over TLS, else "http".
func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// protocol returns the version of HTTP: "1.1", "2".
func protocol(r *http.Request) string { return version(r.Proto) }

// version returns the version in a protocol's name.
func version(proto string) string {
	version, ok := strings.CutPrefix(proto, "HTTP/")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(version, ".0")
}

// appendRequest appends the request's span attributes. They are given when the span starts, so that
// samplers see them.
func appendRequest(attrs []attribute.KeyValue, function string, r *http.Request) []attribute.KeyValue {
	m := method(r)
	if function != "" {
		attrs = append(attrs, semconv.CodeFunctionName(function))
	}
	attrs = append(attrs, semconv.HTTPRequestMethodKey.String(m), semconv.URLScheme(scheme(r)))
	if m != r.Method && r.Method != "" {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(r.Method))
	}
	if r.URL != nil {
		attrs = append(attrs, semconv.URLPath(r.URL.Path))
		if r.URL.RawQuery != "" {
			attrs = append(attrs, semconv.URLQuery(query(r.URL.RawQuery)))
		}
	}
	if route := route(r); route != "" {
		attrs = append(attrs, semconv.HTTPRoute(route))
	}
	if version := protocol(r); version != "" {
		attrs = append(attrs, semconv.NetworkProtocolVersion(version))
	}
	if agent := r.UserAgent(); agent != "" {
		attrs = append(attrs, semconv.UserAgentOriginal(agent))
	}
	return appendClient(appendServer(attrs, r.Host), r)
}

// appendClient appends the address of the client: that of the connection, and where proxies say for
// whom they ask, the one that the first of them names.
func appendClient(attrs []attribute.KeyValue, r *http.Request) []attribute.KeyValue {
	peer, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return attrs
	}
	attrs = append(attrs, semconv.NetworkPeerAddress(peer))
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, semconv.NetworkPeerPort(n))
	}
	client, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
	if client = strings.TrimSpace(client); client == "" {
		client = peer
	}
	return append(attrs, semconv.ClientAddress(client))
}

// appendServer appends the address and, if there is one, the port that the client asked for.
func appendServer(attrs []attribute.KeyValue, host string) []attribute.KeyValue {
	if host == "" {
		return attrs
	}
	if !strings.Contains(host, ":") { // else the lack of a port would cost an error
		return append(attrs, semconv.ServerAddress(strings.Trim(host, "[]")))
	}
	address, port, err := net.SplitHostPort(host)
	if err != nil {
		return append(attrs, semconv.ServerAddress(strings.Trim(host, "[]")))
	}
	attrs = append(attrs, semconv.ServerAddress(address))
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, semconv.ServerPort(n))
	}
	return attrs
}

// outcome is a combination of attributes of http.server.request.duration.
type outcome struct {
	method    string
	scheme    string
	route     string // "" for none
	protocol  string // "" for unknown
	status    int    // 0 if there was no response
	errorType string // "" for success
}

func (o outcome) attributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(o.method), semconv.URLScheme(o.scheme)}
	if o.route != "" {
		attrs = append(attrs, semconv.HTTPRoute(o.route))
	}
	return appendResponse(attrs, o.protocol, o.status, o.errorType)
}

// appendResponse appends what metrics of either end say of a response; what is unknown or none is
// left out.
func appendResponse(attrs []attribute.KeyValue, protocol string, status int, errorType string) []attribute.KeyValue {
	if protocol != "" {
		attrs = append(attrs, semconv.NetworkProtocolVersion(protocol))
	}
	if status != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(status))
	}
	if errorType != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType))
	}
	return attrs
}
