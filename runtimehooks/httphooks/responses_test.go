package httphooks

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// do sends a request as a woven call of (*http.Client).Do does.
func do(site *RequestSite, c *http.Client, req *http.Request) (r0 *http.Response, err error) {
	call := site.Call()
	req = call.Enter(req)
	defer call.Exit(&err)
	defer call.HandBack()
	defer Responses.EndWith(&call.Call, req, &r0, &err)
	Responses.Begin(&call.Call, req)
	for call.Next(&err) {
		r0, err = func(c *http.Client, req *http.Request) (*http.Response, error) {
			return c.Do(req)
		}(c, Responses.Attempt(&call.Call, req))
		Responses.Judge(&call.Call, r0, &err)
	}
	return
}

// doHedged is do with a hedge.
func doHedged(site *RequestSite, c *http.Client, req *http.Request) (r0 *http.Response, err error) {
	call := site.Call()
	req = call.Enter(req)
	defer call.Exit(&err)
	defer call.HandBack()
	defer Responses.EndWith(&call.Call, req, &r0, &err)
	Responses.Begin(&call.Call, req)
	err = call.Hedge(func(call *runtimehooks.Call, _ context.Context) (won func(), err error) {
		var h0 *http.Response
		for call.Next(&err) {
			h0, err = func(c *http.Client, req *http.Request) (*http.Response, error) {
				return c.Do(req)
			}(c, Responses.Attempt(call, req))
			Responses.Judge(call, h0, &err)
		}
		Responses.Made(call, h0)
		return func() { r0 = h0 }, err
	})
	return
}

// replies is a transport that answers with each of a list in turn, and with the last one from then
// on.
type replies struct {
	list []func(*http.Request) (*http.Response, error)
	sent atomic.Int32
}

func (r *replies) RoundTrip(req *http.Request) (*http.Response, error) {
	n := int(r.sent.Add(1))
	if req.Body != nil {
		_, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	return r.list[min(n, len(r.list))-1](req)
}

// content is the body of a response, and knows what was done with it.
type content struct {
	ctx    context.Context // of its request: a transport cuts the body when that ends
	text   io.Reader
	read   atomic.Int64
	closed atomic.Int32
}

func (c *content) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.text.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c *content) Close() error { c.closed.Add(1); return nil }

// answer is a reply with a status and headers, which keeps its body in *kept.
func answer(status int, size int, kept **content, header ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		body := &content{ctx: req.Context(), text: strings.NewReader(strings.Repeat("x", size))}
		if kept != nil {
			*kept = body
		}
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: body, ContentLength: -1, Request: req}
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp, nil
	}
}

func retrying(attempts int) *RequestSite {
	return &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{
		Retry: &runtimehooks.Retry{Attempts: attempts, Initial: time.Second, Max: 5 * time.Second, Factor: 2},
	}}}
}

func request(t *testing.T, method, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://example.com/", r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// Retry-After sets the pause: in seconds, or as a time by the server's clock.
func TestResponsesRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name   string
		header []string
		took   time.Duration
		sent   int32
	}{
		{"none", nil, time.Second, 2},
		{"seconds", []string{"Retry-After", "3"}, 3 * time.Second, 2},
		{"a time", []string{"Date", "Mon, 01 Jan 2001 00:00:00 GMT", "Retry-After", "Mon, 01 Jan 2001 00:00:04 GMT"}, 4 * time.Second, 2},
		{"a time by our clock", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:02 GMT"}, 2 * time.Second, 2},
		{"a time that is over", []string{"Retry-After", "Sat, 01 Jan 1999 00:00:02 GMT"}, time.Second, 2},
		{"nonsense", []string{"Retry-After", "soon"}, time.Second, 2},
		{"less than nothing", []string{"Retry-After", "-3"}, time.Second, 2},
		{"longer than the longest pause", []string{"Retry-After", "6"}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var first *content
				r := &replies{list: []func(*http.Request) (*http.Response, error){answer(503, 10, &first, c.header...), answer(200, 10, nil)}}
				start := time.Now()
				resp, err := do(retrying(2), &http.Client{Transport: r}, request(t, "GET", ""))
				if err != nil || time.Since(start) != c.took || r.sent.Load() != c.sent {
					t.Fatalf("%v after %v and %d requests; want %v, %d", err, time.Since(start), r.sent.Load(), c.took, c.sent)
				}
				if c.sent == 2 && (resp.StatusCode != 200 || first.closed.Load() != 1 || first.read.Load() != 10) {
					t.Errorf("status %d, and the first body was closed %d times after %d bytes", resp.StatusCode, first.closed.Load(), first.read.Load())
				}
				if c.sent == 1 && (resp.StatusCode != 503 || first.closed.Load() != 0) {
					t.Errorf("status %d, and its body was closed %d times", resp.StatusCode, first.closed.Load())
				}
			})
		})
	}
}

// A pause that the deadline would end is not begun: the response is the caller's, with its body.
func TestResponsesBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := retrying(3)
		site.Timeout = &runtimehooks.Timeout{After: 2 * time.Second}
		r := &replies{list: []func(*http.Request) (*http.Response, error){answer(503, 10, nil, "Retry-After", "3")}}
		resp, err := do(site, &http.Client{Transport: r}, request(t, "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the deadlines have been let go of
		if text, err := io.ReadAll(resp.Body); err != nil || len(text) != 10 || resp.StatusCode != 503 {
			t.Errorf("status %d, %d bytes, %v", resp.StatusCode, len(text), err)
		}
	})
}

// The body of what the caller gets is not cut by the deadlines of call and attempt, in any shape.
func TestResponsesOutliveDeadlines(t *testing.T) {
	for name, send := range map[string]func(*RequestSite, *http.Client, *http.Request) (*http.Response, error){"loop": do, "hedge": doHedged} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := retrying(2)
				site.Retry.Each = time.Second
				site.Timeout = &runtimehooks.Timeout{After: 2 * time.Second}
				if name == "hedge" {
					site.Hedge = &runtimehooks.Hedge{Delay: time.Hour, Max: 2}
				}
				resp, err := send(site, &http.Client{Transport: &replies{list: []func(*http.Request) (*http.Response, error){answer(200, 10, nil)}}},
					request(t, "GET", ""))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if text, err := io.ReadAll(resp.Body); err != nil || len(text) != 10 {
					t.Errorf("%d bytes, %v", len(text), err)
				}
			})
		})
	}
}

// A response that comes too late is given back: nobody gets it with the error.
func TestResponsesLate(t *testing.T) {
	for _, hedged := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var late *content
			reply := answer(200, 10, &late)
			r := &replies{list: []func(*http.Request) (*http.Response, error){func(req *http.Request) (*http.Response, error) {
				time.Sleep(3 * time.Second)
				return reply(req)
			}}}
			site := &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{Timeout: &runtimehooks.Timeout{After: 2 * time.Second}}}}
			send := do
			if hedged {
				site.Hedge, send = &runtimehooks.Hedge{Delay: time.Hour, Max: 2}, doHedged
			}
			resp, err := send(site, &http.Client{Transport: r}, request(t, "GET", ""))
			time.Sleep(time.Minute)
			synctest.Wait()
			if !errors.Is(err, runtimehooks.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) || resp != nil || late.closed.Load() == 0 {
				t.Errorf("hedged %v: %v, %v, and its body was closed %d times", hedged, resp, err, late.closed.Load())
			}
		})
	}
}

// What is long costs its connection rather than the time to read it.
func TestResponsesDrained(t *testing.T) {
	var first *content
	site := retrying(2)
	site.Retry.Initial = 0
	r := &replies{list: []func(*http.Request) (*http.Response, error){answer(503, 1<<20, &first), answer(200, 10, nil)}}
	if _, err := do(site, &http.Client{Transport: r}, request(t, "GET", "")); err != nil {
		t.Fatal(err)
	}
	if n := first.read.Load(); n == 0 || n > 2*mostDrained || first.closed.Load() != 1 {
		t.Errorf("%d bytes were read, and the body was closed %d times", n, first.closed.Load())
	}
}

func TestRepeatable(t *testing.T) {
	with := func(req *http.Request, change func(*http.Request)) *http.Request {
		change(req)
		return req
	}
	key := func(req *http.Request) { req.Header.Set("Idempotency-Key", "1") }
	stream := func(req *http.Request) { req.GetBody = nil }
	for _, c := range []struct {
		name string
		req  *http.Request
		want bool
	}{
		{"get", request(t, "GET", ""), true},
		{"get, without a method", with(request(t, "GET", ""), func(r *http.Request) { r.Method = "" }), true},
		{"head", request(t, "HEAD", ""), true},
		{"options", request(t, "OPTIONS", ""), true},
		{"trace", request(t, "TRACE", ""), true},
		{"put", request(t, "PUT", "text"), true},
		{"delete", request(t, "DELETE", ""), true},
		{"post", request(t, "POST", "text"), false},
		{"patch", request(t, "PATCH", "text"), false},
		{"a method of somebody's own", request(t, "COPY", ""), false},
		{"post with a key", with(request(t, "POST", "text"), key), true},
		{"post with a key of net/http's", with(request(t, "POST", "text"), func(r *http.Request) { r.Header["X-Idempotency-Key"] = nil }), true},
		{"put of a stream", with(request(t, "PUT", "text"), stream), false},
		{"post of a stream with a key", with(with(request(t, "POST", "text"), stream), key), false},
		{"put of nothing", with(request(t, "PUT", "text"), func(r *http.Request) { r.Body, r.GetBody = http.NoBody, nil }), true},
		{"none", nil, false},
	} {
		if got := repeatable(c.req); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// What policies make of how a request ended.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		status         int
		failed, repeat bool
	}{
		{200, false, false}, {304, false, false}, {400, false, false}, {404, false, false}, {409, false, false},
		{408, true, false}, {425, true, false}, {429, true, true}, {500, true, false}, {501, true, false},
		{502, true, true}, {503, true, true}, {504, true, true}, {599, true, false},
	} {
		err := failureOf(&http.Response{StatusCode: c.status}, nil)
		status, _ := errors.AsType[*StatusError](err)
		if (err != nil) != c.failed || c.failed && (status.Permanent() == c.repeat || runtimehooks.FaultOf(err) != runtimehooks.FaultCallee) {
			t.Errorf("%d: %v", c.status, err)
		}
	}
	if err := failureOf(nil, io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("an error became %v", err)
	}
	_, err := http.Get("http://bad host/")
	if failure := failureOf(nil, err); runtimehooks.FaultOf(failure) != runtimehooks.FaultCaller || !errors.Is(failure, err) {
		t.Errorf("a URL that is none became %v", failure)
	}
}

// A request whose body cannot be had again is not sent without one.
func TestResponsesUnreadable(t *testing.T) {
	broken := errors.New("gone")
	site := retrying(3)
	site.Retry.Initial = 0
	req := request(t, "PUT", "text")
	req.GetBody = func() (io.ReadCloser, error) { return nil, broken }
	seen := []error{}
	r := &replies{list: []func(*http.Request) (*http.Response, error){answer(503, 0, nil), func(req *http.Request) (*http.Response, error) {
		_, err := req.Body.Read(nil)
		seen = append(seen, err)
		return nil, err
	}}}
	if _, err := do(site, &http.Client{Transport: r}, req); !errors.Is(err, broken) || len(seen) == 0 || seen[0] != broken {
		t.Errorf("%v, after %v", err, seen)
	}
}

// Of several branches, each sends a copy; those that lose are cancelled, and their responses closed.
func TestResponsesHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow, failed, quick *content
		after := func(d time.Duration, reply func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
			return func(req *http.Request) (*http.Response, error) {
				time.Sleep(d) // a transport that does not heed the context
				return reply(req)
			}
		}
		r := &replies{list: []func(*http.Request) (*http.Response, error){
			after(10*time.Second, answer(200, 1, &slow)), after(time.Second/2, answer(503, 2, &failed)), after(time.Second, answer(200, 3, &quick)),
		}}
		site := &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{Hedge: &runtimehooks.Hedge{Delay: time.Second, Max: 3}}}}
		req := request(t, "PUT", "text")
		original := &content{ctx: t.Context(), text: strings.NewReader("text")}
		req.Body = original
		start := time.Now()
		resp, err := doHedged(site, &http.Client{Transport: r}, req)
		if err != nil || resp.ContentLength != -1 || time.Since(start) != 3*time.Second || r.sent.Load() != 3 {
			t.Fatalf("%v after %v and %d requests", err, time.Since(start), r.sent.Load())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if slow.closed.Load() != 1 || failed.closed.Load() != 1 || quick.closed.Load() != 0 {
			t.Errorf("closed %d, %d and %d times; want the losers once", slow.closed.Load(), failed.closed.Load(), quick.closed.Load())
		}
		if text, err := io.ReadAll(resp.Body); len(text) != 3 || err != nil {
			t.Errorf("%d bytes, %v", len(text), err)
		}
		if original.read.Load() != 0 || original.closed.Load() != 1 {
			t.Errorf("%d bytes of the original body were read, and it was closed %d times", original.read.Load(), original.closed.Load())
		}
	})
}

// What makes something is not hedged.
func TestResponsesNotHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := answer(200, 1, nil)
		r := &replies{list: []func(*http.Request) (*http.Response, error){func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Minute)
			return slow(req)
		}}}
		site := &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{Hedge: &runtimehooks.Hedge{Delay: time.Second, Max: 3}}}}
		resp, err := doHedged(site, &http.Client{Transport: r}, request(t, "POST", "text"))
		if err != nil || r.sent.Load() != 1 || resp.StatusCode != 200 {
			t.Errorf("%v after %d requests", err, r.sent.Load())
		}
	})
}

// A hedged call of which all branches have failed ends with a response, if one has got any.
func TestResponsesAllFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first *content
		busy := answer(503, 5, &first)
		r := &replies{list: []func(*http.Request) (*http.Response, error){
			func(req *http.Request) (*http.Response, error) { time.Sleep(2 * time.Second); return busy(req) },
			func(req *http.Request) (*http.Response, error) {
				time.Sleep(2 * time.Second)
				return nil, io.ErrUnexpectedEOF
			},
		}}
		site := &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{Hedge: &runtimehooks.Hedge{Delay: time.Second, Max: 2}}}}
		resp, err := doHedged(site, &http.Client{Transport: r}, request(t, "GET", ""))
		if err != nil || resp.StatusCode != 503 {
			t.Fatalf("%v, %v", resp, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if text, err := io.ReadAll(resp.Body); len(text) != 5 || err != nil || first.closed.Load() != 0 {
			t.Errorf("%d bytes, %v, closed %d times", len(text), err, first.closed.Load())
		}
	})
}

// A success costs what the copy of its request does: the request and its headers.
func TestResponsesAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	resp := &http.Response{StatusCode: 200, Body: http.NoBody}
	send := func(site *RequestSite, req *http.Request) (r0 *http.Response, err error) {
		call := site.Call()
		req = call.Enter(req)
		defer call.Exit(&err)
		defer call.HandBack()
		defer Responses.EndWith(&call.Call, req, &r0, &err)
		Responses.Begin(&call.Call, req)
		for call.Next(&err) {
			r0, err = func(req *http.Request) (*http.Response, error) { return resp, nil }(Responses.Attempt(&call.Call, req))
			Responses.Judge(&call.Call, r0, &err)
		}
		return
	}
	breaker := &RequestSite{runtimehooks.Site{Function: "f", Aspects: runtimehooks.Aspects{Breaker: &runtimehooks.Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}}}}
	get, post := request(t, "GET", ""), request(t, "POST", "text")
	get.Header.Set("Accept", "text/plain")
	for _, c := range []struct {
		name string
		site *RequestSite
		req  *http.Request
		want float64
	}{{"breaker", breaker, get, 0}, {"retry of a post", retrying(3), post, 0}, {"retry of a get", retrying(3), get, 4}} {
		if got := testing.AllocsPerRun(200, func() { send(c.site, c.req) }); got != c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, got, c.want)
		}
	}
}
