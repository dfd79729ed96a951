package httphooks

import (
	"context"
	"net/http"
	"reflect"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// RequestSite is one woven function that is no handler and finds its context in a parameter of type *http.Request. It must not
// be copied after its first call.
type RequestSite struct {
	runtimehooks.Site
}

// Call returns the record of one call of the function, to be kept in a local variable. Its Enter comes next.
func (s *RequestSite) Call() RequestCall { return RequestCall{Call: s.Site.Call()} }

// RequestCall is one call of a woven function with a request. The body gets a copy of the request that holds the call's
// context, since a request's context cannot be set; what the body changes in the copy is handed back by HandBack, which is
// deferred after Exit and so runs before it.
type RequestCall struct {
	runtimehooks.Call
	original *http.Request // the caller's; nil where the body has it too
	request  *http.Request // the body's
}

// Enter begins the call and returns the request for the body: r itself where the call derives no context from its own, and
// where r is nil.
func (c *RequestCall) Enter(r *http.Request) *http.Request {
	if r == nil {
		c.Call.EnterRoot()
		return nil
	}
	return c.with(r, c.Call.Enter(r.Context()))
}

// Request returns the request for an attempt whose context is ctx, which custom advice may have derived.
func (c *RequestCall) Request(r *http.Request, ctx context.Context) *http.Request {
	if r == nil {
		return nil
	}
	return c.with(r, ctx)
}

func (c *RequestCall) with(r *http.Request, ctx context.Context) *http.Request {
	if ctx == r.Context() {
		return r
	}
	if c.original == nil {
		c.original = r
	}
	c.request = r.WithContext(ctx)
	return c.request
}

// HandBack copies what the body changed in its request into the caller's, so that the caller finds the form that the body
// parsed, or the body that it replaced. It writes what differs alone: others may be reading the rest. Path values that
// the body sets for the first time stay in its copy.
func (c *RequestCall) HandBack() {
	if c.original == nil {
		return
	}
	to, from := c.original, c.request
	keep(&to.Method, from.Method)
	keep(&to.URL, from.URL)
	keep(&to.Proto, from.Proto)
	keep(&to.ProtoMajor, from.ProtoMajor)
	keep(&to.ProtoMinor, from.ProtoMinor)
	keep(&to.ContentLength, from.ContentLength)
	keep(&to.Close, from.Close)
	keep(&to.Host, from.Host)
	keep(&to.MultipartForm, from.MultipartForm)
	keep(&to.RemoteAddr, from.RemoteAddr)
	keep(&to.RequestURI, from.RequestURI)
	keep(&to.TLS, from.TLS)
	keep(&to.Response, from.Response)
	keep(&to.Pattern, from.Pattern)
	keepMap(&to.Header, from.Header)
	keepMap(&to.Trailer, from.Trailer)
	keepMap(&to.Form, from.Form)
	keepMap(&to.PostForm, from.PostForm)
	if !same(to.Body, from.Body) {
		to.Body = from.Body
	}
	if !same(to.GetBody, from.GetBody) {
		to.GetBody = from.GetBody
	}
	if !same(to.TransferEncoding, from.TransferEncoding) {
		to.TransferEncoding = from.TransferEncoding
	}
}

func keep[T comparable](to *T, from T) {
	if *to != from {
		*to = from
	}
}

func keepMap[M ~map[string][]string](to *M, from M) {
	if !same(*to, from) {
		*to = from
	}
}

// same reports whether two values are one: the same map, slice, function or pointer, or comparable and equal.
func same(a, b any) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if !va.IsValid() || !vb.IsValid() || va.Type() != vb.Type() {
		return va.IsValid() == vb.IsValid() && !va.IsValid()
	}
	switch va.Kind() {
	case reflect.Map, reflect.Func:
		return va.Pointer() == vb.Pointer()
	case reflect.Slice:
		return va.Pointer() == vb.Pointer() && va.Len() == vb.Len()
	}
	return va.Comparable() && va.Equal(vb)
}
