package httphooks

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"slices"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// RequestSite is one woven function that is no handler and finds its context in a parameter of type
// *http.Request. It must not be copied after its first call.
type RequestSite struct {
	runtimehooks.Site
}

// Call returns the record of one call of the function, to be kept in a local variable. Its Enter
// comes next.
func (s *RequestSite) Call() RequestCall { return RequestCall{Call: s.Site.Call()} }

// RequestCall is one call of a woven function with a request. The body gets a copy of the request
// that holds the call's context, since a request's context cannot be set; what the body changes in
// the copy is handed back by HandBack, which is deferred after Exit and so runs before it.
type RequestCall struct {
	runtimehooks.Call
	original *http.Request // the caller's; nil where the body has it too
	request  *http.Request // the body's
}

// Enter begins the call and returns the request for the body: r itself where the call derives no
// context from its own, and where r is nil.
func (c *RequestCall) Enter(r *http.Request) *http.Request {
	if r == nil {
		c.Call.EnterRoot()
		return nil
	}
	return c.with(r, c.Call.Enter(r.Context()))
}

// Within is Enter for a body that keeps its request, and so must have the caller's own: its context
// is the parent of the call's span, and the body does not see the span's.
func (c *RequestCall) Within(r *http.Request) {
	if r == nil {
		c.Call.EnterRoot()
		return
	}
	c.Call.Enter(r.Context())
}

// Request returns the request for an attempt whose context is ctx, which custom advice may have
// derived.
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

// HandBack gives the caller's request what the body changed in its own.
func (c *RequestCall) HandBack() {
	if c.original != nil {
		handBack(c.original, c.request)
	}
}

// handBack copies what a body changed in its request into its caller's, where it is another one. So
// the caller finds the form that was parsed, whose temporary files net/http removes; the body that
// was replaced; the address that was rewritten; the pattern that an inner router found. It writes
// what differs alone: others may be reading the rest. Path values that are set for the first time
// stay in the copy.
func handBack(to, from *http.Request) {
	if to == from {
		return
	}
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
	if !sameBody(to.Body, from.Body) {
		to.Body = from.Body
	}
	if reflect.ValueOf(to.GetBody).Pointer() != reflect.ValueOf(from.GetBody).Pointer() {
		to.GetBody = from.GetBody
	}
	if !slices.Equal(to.TransferEncoding, from.TransferEncoding) {
		to.TransferEncoding = from.TransferEncoding
	}
}

func keep[T comparable](to *T, from T) {
	if *to != from {
		*to = from
	}
}

func keepMap[M ~map[string][]string](to *M, from M) {
	if !sameMap(*to, from) {
		*to = from
	}
}

// sameMap reports whether two maps are one.
func sameMap(a, b map[string][]string) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// sameBody reports whether two bodies are one for sure. They cannot just be compared: their type
// may forbid it.
func sameBody(a, b io.ReadCloser) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	t := reflect.TypeOf(a)
	switch {
	case t != reflect.TypeOf(b):
		return false
	case t.Kind() == reflect.Pointer:
		return a == b
	}
	return t.Size() == 0 // http.NoBody
}

// ContextOf returns the request's context, or one that never ends if there is no request.
func ContextOf(r *http.Request) context.Context {
	if r == nil {
		return context.Background()
	}
	return r.Context()
}
