package httphooks

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
)

func within(site *RequestSite, r *http.Request, body func(*http.Request) error) (err error) {
	call := site.Call()
	r = call.Enter(r)
	defer call.Exit(&err)
	defer call.HandBack()
	return body(r)
}

// A caller finds in its request what a woven function did to it.
func TestRequestHandedBack(t *testing.T) {
	recorder := record(t)
	site := &RequestSite{Site: runtimehooks.Site{Function: "p.F", Name: "p.F", Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}}}
	r := httptest.NewRequest("POST", "/?a=1", strings.NewReader("b=2"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	before := r.Context()
	err := within(site, r, func(r *http.Request) error {
		if r.Context() == before {
			t.Error("the body must see the derived context")
		}
		r.Header.Set("X-Seen", "yes")
		r.Body = uncomparable{http.NoBody.Read, nil}
		r.Body = http.NoBody
		r.Method = "PUT"
		r.Form, r.PostForm = map[string][]string{"a": {"1"}, "b": {"2"}}, map[string][]string{"b": {"2"}}
		return errors.New("failed")
	})
	if err == nil || r.Context() != before || r.Method != "PUT" || r.Form.Get("b") != "2" || r.PostForm.Get("b") != "2" || r.Header.Get("X-Seen") != "yes" || r.Body != http.NoBody {
		t.Errorf("the request lacks a change: %v %+v", err, r)
	}
	if n := len(recorder.spans.Ended()); n != 1 {
		t.Errorf("%d spans, want 1", n)
	}
}

// uncomparable is a body that cannot be compared with ==.
type uncomparable struct {
	read func([]byte) (int, error)
	_    []byte
}

func (u uncomparable) Read(p []byte) (int, error) { return u.read(p) }
func (uncomparable) Close() error                 { return nil }

// A body of a type that cannot be compared is handed back too.
func TestRequestBodyOfAnyType(t *testing.T) {
	record(t)
	site := &RequestSite{Site: runtimehooks.Site{Function: "p.F", Name: "p.F", Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}}}
	r := httptest.NewRequest("POST", "/", nil)
	r.Body = uncomparable{http.NoBody.Read, nil}
	_ = within(site, r, func(r *http.Request) error { r.Body = uncomparable{http.NoBody.Read, []byte{1}}; return nil })
	if r.Body.(uncomparable).read == nil {
		t.Error("the body is lost")
	}
}

// A nil request stays nil, and a call that derives no context gives the body the caller's own
// request.
func TestRequestUntouched(t *testing.T) {
	site := &RequestSite{Site: runtimehooks.Site{Function: "p.F", Name: "p.F", Aspects: runtimehooks.Aspects{Metrics: &runtimehooks.Metrics{}}}}
	for _, r := range []*http.Request{nil, httptest.NewRequestWithContext(context.Background(), "GET", "/", nil)} {
		_ = within(site, r, func(got *http.Request) error {
			if got != r {
				t.Errorf("the body got %p, want %p", got, r)
			}
			return nil
		})
	}
}

// A handler that rewrites its request does so for those outside too, and may be called without a
// writer, or a request.
func TestHandlerRequestHandedBack(t *testing.T) {
	record(t)
	site := &Site{Site: runtimehooks.Site{Function: "p.H", Name: "p.H", Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}, Recover: &runtimehooks.Recover{Status: 500}}}}
	handler := func(w http.ResponseWriter, r *http.Request) {
		call := site.Call()
		w, r = call.Enter(w, r)
		defer call.Exit()
		if r != nil {
			address := *r.URL
			address.Path = "/rewritten"
			r.URL = &address
		}
		if w == nil {
			panic("recovered")
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	handler(nil, r)
	if r.URL.Path != "/rewritten" {
		t.Errorf("path is %q", r.URL.Path)
	}
	handler(httptest.NewRecorder(), nil)
}
