package web_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/web"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// answers is a transport that takes a second for each request, and answers it with each status in turn, the last one again
// and again; 0 is a connection that breaks.
type answers struct {
	statuses []int
	after    string // Retry-After
	takes    time.Duration
	sent     atomic.Int32
	closed   atomic.Int32
	bodies   strings.Builder
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	status := a.statuses[min(int(a.sent.Add(1)), len(a.statuses))-1]
	if req.Body != nil {
		text, _ := io.ReadAll(req.Body)
		a.bodies.Write(text)
		req.Body.Close()
	}
	timer := time.NewTimer(a.takes)
	defer timer.Stop()
	select {
	case <-req.Context().Done():
		return nil, req.Context().Err()
	case <-timer.C:
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: &counted{strings.NewReader("text"), a}, Request: req}
	if a.after != "" {
		resp.Header.Set("Retry-After", a.after)
	}
	return resp, nil
}

type counted struct {
	io.Reader
	of *answers
}

func (c *counted) Close() error { c.of.closed.Add(1); return nil }

func newRequest(t *testing.T, method, body string) *http.Request {
	req, err := http.NewRequestWithContext(t.Context(), method, "http://example.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// A retry of a request that is sent.
func TestClientRetry(t *testing.T) {
	for _, c := range []struct {
		name     string
		method   string
		key      bool
		statuses []int
		after    string
		sent     int32
		status   int // that the caller gets; 0 for an error
		took     time.Duration
	}{
		{"429 is sent again", "GET", false, []int{429, 200}, "", 2, 200, time.Second},
		{"502 is sent again", "PUT", false, []int{502, 200}, "", 2, 200, time.Second},
		{"503 is sent again", "DELETE", false, []int{503, 200}, "", 2, 200, time.Second},
		{"504 is sent again", "HEAD", false, []int{504, 200}, "", 2, 200, time.Second},
		{"a broken connection is sent again", "GET", false, []int{0, 200}, "", 2, 200, time.Second},
		{"500 is not", "GET", false, []int{500, 200}, "", 1, 500, 0},
		{"404 is not", "GET", false, []int{404, 200}, "", 1, 404, 0},
		{"Retry-After sets the pause", "GET", false, []int{503, 200}, "3", 2, 200, 3 * time.Second},
		{"Retry-After beyond the longest pause ends it", "GET", false, []int{503, 200}, "60", 1, 503, 0},
		{"the last response is the caller's", "GET", false, []int{503}, "", 3, 503, 2 * time.Second},
		{"the last error is the caller's", "GET", false, []int{0}, "", 3, 0, 2 * time.Second},
		{"POST is not sent again", "POST", false, []int{503, 200}, "", 1, 503, 0},
		{"POST with a key is sent again", "POST", true, []int{503, 200}, "", 2, 200, time.Second},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			a := &answers{statuses: c.statuses, after: c.after}
			req := newRequest(t, c.method, "body")
			if c.key {
				req.Header.Set("Idempotency-Key", "7")
			}
			start := time.Now()
			resp, err := web.AskAgain(&http.Client{Transport: a}, req)
			harness.Equal(t, "requests", a.sent.Load(), c.sent)
			harness.Equal(t, "time", time.Since(start), c.took)
			harness.Equal(t, "bodies", a.bodies.String(), strings.Repeat("body", int(c.sent)))
			if c.status == 0 {
				harness.Is(t, err, io.ErrUnexpectedEOF)
				return
			}
			harness.OK(t, err)
			text, err := io.ReadAll(resp.Body)
			harness.OK(t, err)
			harness.Equal(t, "body", string(text), "text")
			harness.Equal(t, "status", resp.StatusCode, c.status)
			if c.statuses[0] != 0 {
				harness.Equal(t, "responses given back", a.closed.Load(), c.sent-1)
			}
		})
	}
}

// Which responses are failures to a breaker.
func TestClientBreaker(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		opens  bool
	}{
		{"500", 500, true}, {"503", 503, true}, {"429", 429, true}, {"408", 408, true}, {"425", 425, true},
		{"404", 404, false}, {"409", 409, false}, {"200", 200, false}, {"a broken connection", 0, true},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			fresh := &answers{statuses: []int{200}}
			harness.Fresh(t,
				func() error {
					_, err := web.AskGuarded(&http.Client{Transport: &answers{statuses: []int{0}}}, newRequest(t, "GET", ""))
					return err
				},
				func() error {
					_, err := web.AskGuarded(&http.Client{Transport: fresh}, newRequest(t, "GET", ""))
					return err
				})
			for range 2 {
				_, _ = web.AskGuarded(&http.Client{Transport: &answers{statuses: []int{c.status}}}, newRequest(t, "POST", "x"))
			}
			_, err := web.AskGuarded(&http.Client{Transport: fresh}, newRequest(t, "GET", ""))
			harness.Equal(t, "the breaker opens", errors.Is(err, runtimehooks.ErrOpen), c.opens)
			if c.opens {
				time.Sleep(time.Hour)
			}
			_, err = web.AskGuarded(&http.Client{Transport: fresh}, newRequest(t, "GET", ""))
			harness.OK(t, err)
		})
	}
}

// A hedge of a request that is sent.
func TestClientHedge(t *testing.T) {
	harness.Run(t, "the loser's response is given back", func(t *testing.T) {
		a := &answers{statuses: []int{200}, takes: 90 * time.Second / 60}
		resp, err := web.AskTwice(&http.Client{Transport: a}, newRequest(t, "PUT", "body"))
		harness.OK(t, err)
		text, err := io.ReadAll(resp.Body)
		harness.OK(t, err)
		harness.Equal(t, "body", string(text), "text")
		harness.Equal(t, "requests", a.sent.Load(), 2)
		harness.Equal(t, "bodies", a.bodies.String(), "bodybody")
	})
	harness.Run(t, "a POST has no second one", func(t *testing.T) {
		a := &answers{statuses: []int{200}, takes: time.Minute}
		_, err := web.AskTwice(&http.Client{Transport: a}, newRequest(t, "POST", "body"))
		harness.OK(t, err)
		harness.Equal(t, "requests", a.sent.Load(), 1)
	})
}

// Deadlines of a request that is sent.
func TestClientDeadlines(t *testing.T) {
	harness.Run(t, "let go of a response", func(t *testing.T) {
		resp, err := web.AskInTime(&http.Client{Transport: &answers{statuses: []int{200}, takes: time.Second / 2}}, newRequest(t, "GET", ""))
		harness.OK(t, err)
		time.Sleep(time.Hour)
		harness.OK(t, resp.Request.Context().Err())
	})
	harness.Run(t, "each attempt has its own", func(t *testing.T) {
		a := &answers{statuses: []int{200}, takes: time.Minute}
		start := time.Now()
		_, err := web.AskInTime(&http.Client{Transport: a}, newRequest(t, "GET", ""))
		harness.Is(t, err, runtimehooks.ErrTimeout)
		harness.Equal(t, "requests", a.sent.Load(), 2)
		harness.Equal(t, "time", time.Since(start), 2*time.Second)
	})
}
