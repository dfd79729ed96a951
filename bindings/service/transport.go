package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/tlsconfig"
)

// The headers of a call, in addition to those of its trace.
const (
	headerTimeout = "Instrument-Timeout-Ms" // until the deadline, in milliseconds
	headerTenant  = "Instrument-Tenant"
)

const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
)

// bodyMost is the greatest size of a body by default.
const bodyMost = 4 << 20

// How long a connection may take, and how many are kept for each address.
const (
	dialTimeout = 5 * time.Second
	idleConns   = 256
)

// transport carries calls over HTTP.
type transport struct {
	client    *http.Client
	addresses *addresses
	target    bindings.Target
	token     string        // "" for none
	most      int64         // size of an answer
	dial      time.Duration // how long connecting may take
}

func newTransport(target bindings.Target) (*transport, error) {
	most, err := target.Int("body", bodyMost)
	if err != nil {
		return nil, err
	}
	if most <= 0 {
		return nil, fmt.Errorf("parse option body: it must be positive, not %d", most)
	}
	token, set := target.Options["token"]
	if set && token == "" {
		return nil, fmt.Errorf("parse option token: it must not be empty")
	}
	dial, err := target.Duration("connect-timeout", dialTimeout)
	if err != nil {
		return nil, err
	}
	connections, err := connections(target, dial)
	if err != nil {
		return nil, err
	}
	return &transport{
		client: &http.Client{
			Transport:     connections,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a call goes where it is sent
		},
		addresses: newAddresses(),
		target:    target,
		token:     token,
		most:      most,
		dial:      dial,
	}, nil
}

// connections returns what connects to servers. Certificates that options name are read again for
// each connection: they may have been replaced.
func connections(target bindings.Target, timeout time.Duration) (*http.Transport, error) {
	certificates, err := tlsconfig.New(target)
	if err != nil {
		return nil, err
	}
	config, err := certificates.Config(context.Background(), "")
	if err != nil {
		return nil, err
	}
	plain := &net.Dialer{Timeout: timeout}
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           plain.DialContext,
		TLSClientConfig:       config,
		TLSHandshakeTimeout:   timeout,
		MaxIdleConnsPerHost:   idleConns,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
	}
	if !certificates.Set() {
		return t, nil
	}
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		config, err := certificates.Config(ctx, host)
		if err != nil {
			return nil, err
		}
		config.NextProtos = []string{"h2", "http/1.1"}
		return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext(ctx, network, address)
	}
	return t, nil
}

// Call implements [Caller].
func (t *transport) Call(ctx context.Context, r Request) ([]byte, error) {
	results, _, err := t.try(ctx, r)
	return results, err
}

// try tries one address after the other as long as nothing can be done twice by that. sent is false
// if no server can have seen the call.
func (t *transport) try(ctx context.Context, r Request) (results []byte, sent bool, err error) {
	var tried []*address
	failure := errNoAddress
	for {
		a := t.addresses.pick(tried)
		if a == nil {
			return nil, sent, failure
		}
		tried = append(tried, a)
		results, seen, err := t.send(ctx, a, r)
		sent = sent || seen
		if err == nil || ctx.Err() != nil || seen && !(r.Idempotent && bindings.Code(err) == bindings.Unavailable) {
			return results, sent, err
		}
		if !seen {
			a.refuse()
		}
		failure = err
	}
}

var errNoAddress = bindings.Errorf(bindings.Unavailable, "there is no address")

// send sends a call to one address. sent is false if the server cannot have seen it.
func (t *transport) send(ctx context.Context, a *address, r Request) (results []byte, sent bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/"+r.Service+"/"+r.Method, bytes.NewReader(r.Arguments))
	if err != nil {
		return nil, true, bindings.Errorf(bindings.Unknown, "make request: %w", err)
	}
	t.setHeaders(ctx, req.Header, r)
	if r.Sent != nil {
		r.Sent(a.host, a.port)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		var dial *net.OpError
		return nil, !errors.As(err, &dial) || dial.Op != "dial", unreachable(a, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, t.most+1))
	switch {
	case err != nil:
		return nil, true, bindings.Errorf(bindings.Unavailable, "read answer of %s: %w", a.base, err)
	case int64(len(body)) > t.most:
		return nil, true, bindings.Errorf(bindings.ResourceExhausted, "the answer must have at most %d bytes: see the option body", t.most)
	case resp.StatusCode != http.StatusOK:
		return nil, true, failureIn(resp, body)
	case !hasType(resp.Header, typeJSON):
		return nil, true, bindings.Errorf(bindings.Unimplemented, "%s must answer with %s, not with %q", a.base, typeJSON,
			resp.Header.Get("Content-Type"))
	}
	return body, true, nil
}

func (t *transport) setHeaders(ctx context.Context, h http.Header, r Request) {
	h.Set("Content-Type", typeJSON)
	h.Set("Accept", typeJSON+", "+typeProblem)
	if token := t.bearer(ctx); token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	if r.Tenant != "" {
		h.Set(headerTenant, url.QueryEscape(r.Tenant)) // a header has no letters beyond ASCII
	}
	if deadline, ok := ctx.Deadline(); ok {
		h.Set(headerTimeout, strconv.FormatInt(max(1, time.Until(deadline).Milliseconds()), 10))
	}
	if r.Idempotent {
		h["Idempotency-Key"] = []string{} // is not sent, and lets net/http send again where an idle connection was just closed
	}
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(h))
}

// bearer returns the token that calls send now, "" for none.
func (t *transport) bearer(ctx context.Context) string {
	if !t.target.Rotates() {
		return t.token
	}
	return t.target.Recent(ctx).Options["token"]
}

// unreachable returns the error of a request without an answer.
func unreachable(a *address, err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the method and the URL
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return bindings.Errorf(bindings.FailedPrecondition, "connect to %s: %w", a.base, err)
	}
	return bindings.Errorf(bindings.Unavailable, "call %s: %w", a.base, err)
}

// failureIn returns the error that an answer holds.
func failureIn(resp *http.Response, body []byte) error {
	if hasType(resp.Header, typeProblem) {
		f := &Failure{}
		if err := json.Unmarshal(body, f); err == nil {
			return f
		}
	}
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	return bindings.Errorf(codeOfStatus(resp.StatusCode), "%s answers %s: %q", resp.Request.URL.Redacted(), resp.Status, text)
}

// hasType reports whether a message has a media type, whatever its parameters.
func hasType(h http.Header, want string) bool {
	got, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(got), want)
}

// close closes the connections that nobody uses.
func (t *transport) close() { t.client.CloseIdleConnections() }

// ping reports whether one of the addresses takes connections.
func (t *transport) ping(ctx context.Context) error {
	err := errNoAddress
	for _, a := range *t.addresses.all.Load() {
		conn, failed := (&net.Dialer{Timeout: t.dial}).DialContext(ctx, "tcp", net.JoinHostPort(a.host, a.port))
		if failed == nil {
			return conn.Close()
		}
		err = bindings.Errorf(bindings.Unavailable, "%w", failed)
	}
	return err
}
