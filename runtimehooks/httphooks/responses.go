package httphooks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Responses is what policies know of functions that send a request and return the response, such as
// (*http.Client).Do. Rules declare it.
//
// A response with the status 408, 425, 429 or 500 and above is a failure, a [*StatusError], and
// those with 429, 502, 503 and 504 are worth another attempt, after the time that Retry-After asks
// for. What the caller gets stays as it is: after the last attempt, its response with its body.
//
// A request is sent again if its method is idempotent (GET, HEAD, OPTIONS, TRACE, PUT, DELETE) or
// it has a header Idempotency-Key or X-Idempotency-Key, and if it has no body or GetBody returns
// that once more.
var Responses = runtimehooks.Exchange[*http.Request, *http.Response]{
	Failure: failureOf, Discard: discard, Repeatable: repeatable, Again: again, Abandon: abandon,
}

// StatusError is what a response means to policies that is a failure. It is no error that a client
// returns: functions that policies ask, such as if= of a retry, get it.
type StatusError struct {
	Status int
	After  time.Duration // that Retry-After asks for; 0 for none
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("response has status %d %s", e.Status, http.StatusText(e.Status))
}

// RetryAfter returns After.
func (e *StatusError) RetryAfter() time.Duration { return e.After }

// Permanent reports whether a retry leaves the response to the caller.
func (e *StatusError) Permanent() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false
	}
	return true
}

// Fault returns FaultCallee.
func (e *StatusError) Fault() runtimehooks.Fault { return runtimehooks.FaultCallee }

// ErrorType returns the status: "503".
func (e *StatusError) ErrorType() string { return strconv.Itoa(e.Status) }

// clientError is an error of a client that says more than it did.
type clientError struct {
	error
	fault     runtimehooks.Fault
	permanent bool
}

func (e *clientError) Unwrap() error             { return e.error }
func (e *clientError) Fault() runtimehooks.Fault { return e.fault }
func (e *clientError) Permanent() bool           { return e.permanent }

// failureOf is Exchange.Failure.
func failureOf(resp *http.Response, err error) error {
	switch {
	case err != nil:
		return failedToSend(err)
	case resp == nil:
		return nil
	}
	switch status := resp.StatusCode; {
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return &StatusError{Status: status, After: retryAfter(resp)}
	}
	return nil
}

// failedToSend marks errors that no other attempt does better with: an address that is none, and a
// server that cannot prove who it is.
func failedToSend(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok && failed.Op == "parse" {
		return &clientError{err, runtimehooks.FaultCaller, true}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &clientError{err, runtimehooks.FaultCallee, true}
	}
	return err
}

// retryAfter returns what the header of the name asks for, in seconds or as a time by the server's
// own clock; 0 if it asks for nothing that can be read.
func retryAfter(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, at.Sub(now))
}

// mostDrained is how much of a response that nobody gets is read, so that its connection can be used
// again. What is longer costs the connection, which is cheaper.
const mostDrained = 16 << 10

// discard is Exchange.Discard.
func discard(resp *http.Response) {
	if resp.Body == nil {
		return
	}
	if resp.ContentLength <= mostDrained {
		_, _ = io.CopyN(io.Discard, resp.Body, mostDrained)
	}
	_ = resp.Body.Close()
}

// repeatable is Exchange.Repeatable.
func repeatable(req *http.Request) bool {
	if req == nil || req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return false
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	_, key := req.Header["Idempotency-Key"] // as net/http does: present is enough
	_, custom := req.Header["X-Idempotency-Key"]
	return key || custom
}

// again is Exchange.Again. Of several attempts, each has headers of its own: a client adds the
// cookies of its jar to those of the request that it sends.
func again(ctx context.Context, req *http.Request, sending runtimehooks.Sending) *http.Request {
	if req == nil {
		return nil
	}
	if ctx == nil {
		ctx = req.Context()
	}
	if sending == runtimehooks.SendOnce {
		if ctx == req.Context() {
			return req
		}
		return req.WithContext(ctx)
	}
	sent := req.WithContext(ctx)
	sent.Header = req.Header.Clone()
	if sending == runtimehooks.SendAgain && req.GetBody != nil && req.Body != nil && req.Body != http.NoBody {
		body, err := req.GetBody()
		if err != nil {
			body = unreadable{err}
		}
		sent.Body = body
	}
	return sent
}

// unreadable is the body of a request that cannot be sent again.
type unreadable struct{ err error }

func (u unreadable) Read([]byte) (int, error) { return 0, u.err }
func (u unreadable) Close() error             { return nil }

// abandon is Exchange.Abandon. A client closes the body of what it sends, whatever becomes of it.
func abandon(req *http.Request) {
	if req != nil && req.Body != nil {
		_ = req.Body.Close()
	}
}
