package httphooks

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// guarded is a site that opens its breaker after two failures, for a minute.
func guarded() *Site {
	return site(aspects{
		Trace: &runtimehooks.Trace{}, Breaker: &runtimehooks.Breaker{Failures: 2, Cooldown: time.Minute, Probes: 1},
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guarded()
		for _, code := range []int{500, 404, 503, 599} { // 404 is a success
			if w := get("/", "/", woven(s, status(code))); w.Code != code {
				t.Fatalf("status is %d, want %d", w.Code, code)
			}
		}
		time.Sleep(500 * time.Millisecond)
		got := record(t)
		w := get("/", "/", woven(s, func(http.ResponseWriter, *http.Request) { t.Error("the body ran") }))
		if w.Code != 503 || w.Header().Get("Retry-After") != "60" {
			t.Errorf("response is %d with Retry-After %q, want 503 with 60", w.Code, w.Header().Get("Retry-After"))
		}
		attrs := text(got.span(t).Attributes())
		if attrs["error.type"] != "breaker_open" || attrs["http.response.status_code"] != "503" {
			t.Errorf("attributes are %v", attrs)
		}
		time.Sleep(time.Minute)
		for range 2 {
			if w := get("/", "/", woven(s, status(200))); w.Code != 200 {
				t.Errorf("status is %d, want the probe and what follows to pass", w.Code)
			}
		}
	})
}

// A busy half-open breaker has no time to name; a client must wait a second all the same.
func TestBusyProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guarded()
		get("/", "/", woven(s, status(500)))
		get("/", "/", woven(s, status(500)))
		time.Sleep(time.Minute)
		get("/", "/", woven(s, func(http.ResponseWriter, *http.Request) {
			if w := get("/", "/", woven(s, status(200))); w.Code != 503 || w.Header().Get("Retry-After") != "60" {
				t.Errorf("response is %d with Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
		}))
	})
}

// A client that has gone away is nobody's failure; a panic and Goexit always are.
func TestBreakerOutcomes(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	over, cancelOver := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelOver()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		body  http.HandlerFunc
		opens bool
	}{
		{"client gone, 500", gone, status(500), false},
		{"its time was over at entry, 500", over, status(500), false},
		{"client gone, panic", gone, func(http.ResponseWriter, *http.Request) { panic("x") }, true},
		{"panic", t.Context(), func(http.ResponseWriter, *http.Request) { panic("x") }, true},
		{"goexit", t.Context(), func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := guarded()
			for range 2 {
				finished := make(chan struct{})
				go func() {
					defer close(finished)
					defer func() { recover() }()
					woven(s, c.body)(httptest.NewRecorder(), httptest.NewRequestWithContext(c.ctx, "GET", "/", nil))
				}()
				<-finished
			}
			if w := get("/", "/", woven(s, status(200))); (w.Code == 503) != c.opens {
				t.Errorf("status is %d, want open: %v", w.Code, c.opens)
			}
		})
	}
}

// A missed deadline is a failure for the breaker, here with a name that a function may share.
func TestTimeoutCountsForBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guarded()
		s.Breaker.Name, s.Timeout = t.Name(), &runtimehooks.Timeout{After: time.Second}
		for range 2 {
			get("/", "/", woven(s, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200); <-r.Context().Done() }))
		}
		if state, ok := runtimehooks.StateOfBreaker(t.Name()); state != runtimehooks.BreakerOpen || !ok {
			t.Errorf("the breaker is %v, want it open", state)
		}
	})
}

func TestTimeout(t *testing.T) {
	timed := aspects{Trace: &runtimehooks.Trace{}, Timeout: &runtimehooks.Timeout{After: time.Second}}
	for _, c := range []struct {
		name      string
		body      http.HandlerFunc
		code      int
		errorType string
	}{
		{"nothing written", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 504, "timeout"},
		{"late success", func(w http.ResponseWriter, r *http.Request) { time.Sleep(2 * time.Second) }, 504, "timeout"},
		{"written in time", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202); time.Sleep(2 * time.Second) }, 202, "timeout"},
		{"in time", status(204), 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := record(t)
				var inside context.Context
				w := get("/", "/", woven(site(timed), func(w http.ResponseWriter, r *http.Request) { inside = r.Context(); c.body(w, r) }))
				if w.Code != c.code || text(got.span(t).Attributes())["error.type"] != c.errorType {
					t.Errorf("status is %d, attributes %v", w.Code, got.span(t).Attributes())
				}
				time.Sleep(time.Minute) // the deadline of one that was in time is disarmed
				if ended := inside.Err() != nil; ended != (c.errorType != "") {
					t.Errorf("the request's context has ended: %v", ended)
				}
				if cause := context.Cause(inside); c.errorType != "" && !errors.Is(cause, runtimehooks.ErrTimeout) {
					t.Errorf("cause is %v", cause)
				}
			})
		})
	}
	t.Run("client gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := record(t)
			ctx, cancel := context.WithCancel(t.Context())
			woven(site(timed), func(w http.ResponseWriter, r *http.Request) { cancel(); time.Sleep(2 * time.Second) })(httptest.NewRecorder(),
				httptest.NewRequestWithContext(ctx, "GET", "/", nil))
			if kind := text(got.span(t).Attributes())["error.type"]; kind != "" {
				t.Errorf("error.type is %q: the client ended it, not the deadline", kind)
			}
		})
	})
	t.Run("sooner deadline of the server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			w := httptest.NewRecorder()
			woven(site(timed), func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })(w,
				httptest.NewRequestWithContext(ctx, "GET", "/", nil))
			if w.Code != 200 {
				t.Errorf("status is %d: that deadline is not ours", w.Code)
			}
		})
	})
}

var recovering = aspects{Trace: &runtimehooks.Trace{}, Recover: &runtimehooks.Recover{Status: 502}}

func TestRecover(t *testing.T) {
	out := logTo(t)
	got := record(t)
	w := get("/", "/", woven(site(recovering), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		panic("boom")
	}))
	if w.Code != 502 || w.Header().Get("Content-Length") != "" {
		t.Errorf("response is %d %v", w.Code, w.Header())
	}
	span := got.span(t)
	if span.Status().Description != "panic: boom" || len(span.Events()) != 1 || text(span.Attributes())["error.type"] != "panic" {
		t.Errorf("span is %v %v %v", span.Status(), span.Events(), span.Attributes())
	}
	if log := out.String(); !strings.Contains(log, "panic: boom") || !strings.Contains(log, "httphooks.TestRecover.func") {
		t.Errorf("the log has no panic with its stack: %q", log)
	}
}

// An answer in the place of a body that failed has the headers that the handler got, and none that
// the body has set.
func TestAnswersHaveTheHeadersOfEntry(t *testing.T) {
	spoil := func(w http.ResponseWriter) {
		for _, name := range []string{"Content-Encoding", "Content-Length", "Cache-Control", "Etag", "Content-Disposition", "Set-Cookie", "Trailer"} {
			w.Header().Set(name, "1")
		}
		w.Header().Add("Vary", "Cookie")
		w.Header()["X-Outer"][0] = "changed in place"
		w.Header().Del("X-Request-Id")
	}
	recovering, timed := site(recovering), site(aspects{Timeout: &runtimehooks.Timeout{After: 1}})
	for _, c := range []struct {
		name   string
		status int
		site   *Site
		body   http.HandlerFunc
	}{
		{"panic", 502, recovering, func(w http.ResponseWriter, r *http.Request) { spoil(w); panic("boom") }},
		{"deadline", 504, timed, func(w http.ResponseWriter, r *http.Request) { spoil(w); <-r.Context().Done() }},
	} {
		for _, s := range servers {
			t.Run(c.name+", "+s.name, func(t *testing.T) {
				logTo(t)
				outer := func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Vary", "Origin")
					w.Header().Set("X-Outer", "1")
					w.Header().Set("X-Request-Id", "7")
					woven(c.site, c.body)(w, r)
				}
				var h http.Handler = http.HandlerFunc(outer)
				if s.wrap != nil {
					h = s.wrap(h)
				}
				server, _ := start(t, s.http2, h)
				response, body, err := ask(t, server)
				if err != nil {
					t.Fatal(err)
				}
				response.Header.Del("Date")
				want := http.Header{
					"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}, "Content-Length": {strconv.Itoa(len(body))},
					"Vary": {"Origin"}, "X-Outer": {"1"}, "X-Request-Id": {"7"},
				}
				if diff := cmp.Diff(want, response.Header); diff != "" || response.StatusCode != c.status || body != http.StatusText(c.status)+"\n" {
					t.Errorf("response is %d %q: %s", response.StatusCode, body, diff)
				}
			})
		}
	}
	t.Run("none at entry", func(t *testing.T) {
		logTo(t)
		w := get("/", "/", woven(recovering, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "session=1")
			panic("boom")
		}))
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("headers are %v", w.Header())
		}
	})
}

// A client that has not said who it is learns how to.
func TestChallenge(t *testing.T) {
	set := func(w http.ResponseWriter) { w.Header().Set("WWW-Authenticate", "Digest") }
	for _, c := range []struct {
		name    string
		authz   *runtimehooks.Authz
		off     bool
		verdict error
		before  func(http.ResponseWriter)
		want    []string
	}{
		{"by default", &runtimehooks.Authz{}, false, runtimehooks.ErrUnauthenticated, nil, []string{"Bearer"}},
		{"chosen", &runtimehooks.Authz{Challenge: "Basic realm=\"shop\""}, false, runtimehooks.ErrUnauthenticated, nil, []string{"Basic realm=\"shop\""}},
		{"switched off", &runtimehooks.Authz{}, true, runtimehooks.ErrUnauthenticated, nil, []string{"Bearer"}},
		{"set already", &runtimehooks.Authz{}, false, runtimehooks.ErrUnauthenticated, set, []string{"Digest"}},
		{"denied", &runtimehooks.Authz{}, false, errors.New("not root"), nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer process.SetOff(c.off)()
			s := site(aspects{})
			s.Authz = c.authz
			w := get("/", "/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.before != nil {
					c.before(w)
				}
				call := s.Call()
				call.Enter(w, r)
				defer call.Exit()
				if !call.Authorize(c.verdict) {
					return
				}
				t.Error("the body ran")
			}))
			if diff := cmp.Diff(c.want, w.Header().Values("WWW-Authenticate")); diff != "" {
				t.Errorf("%d: %s", w.Code, diff)
			}
		})
	}
}

// A breaker counts a response that was cut short, unless the client has gone away; a span does not
// call it a failure, and neither does the state page.
func TestAbort(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx   context.Context
		opens bool
	}{{gone, false}, {t.Context(), true}} {
		s := guarded()
		s.Function += t.Name()
		for range 2 {
			got := record(t)
			func() {
				defer func() {
					if value := recover(); value != http.ErrAbortHandler {
						t.Errorf("recovered %v", value)
					}
				}()
				woven(s, func(w http.ResponseWriter, r *http.Request) {
					w.Write([]byte("half"))
					panic(http.ErrAbortHandler)
				})(httptest.NewRecorder(), httptest.NewRequestWithContext(c.ctx, "GET", "/", nil))
			}()
			attrs := text(got.span(t).Attributes())
			if span := got.span(t); span.Status().Code != codes.Unset || attrs["error.type"] != "" || attrs["http.response.status_code"] != "200" {
				t.Errorf("span is %v %v", span.Status(), attrs)
			}
		}
		for _, state := range runtimehooks.Policies().Sites() {
			if state.Function == s.Function && state.Failures != 0 {
				t.Errorf("%d failures", state.Failures)
			}
		}
		if w := get("/", "/", woven(s, status(200))); (w.Code == 503) != c.opens {
			t.Errorf("status is %d, want open: %v", w.Code, c.opens)
		}
	}
}

// A status that nobody chose is 500.
func TestRecoverByDefault(t *testing.T) {
	logTo(t)
	s := site(aspects{Recover: &runtimehooks.Recover{}})
	if w := get("/", "/", woven(s, func(http.ResponseWriter, *http.Request) { panic("boom") })); w.Code != 500 {
		t.Errorf("status is %d, want 500", w.Code)
	}
}

// What a panic that goes on looks like from outside.
func TestPanicGoesOn(t *testing.T) {
	begun := func(value any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("half")); panic(value) }
	}
	for _, c := range []struct {
		name string
		site aspects
		body http.HandlerFunc
		want any
		logs bool // net/http logs neither value nor stack of an abort
	}{
		{"no recover", traced, func(http.ResponseWriter, *http.Request) { panic("boom") }, "boom", false},
		{"abort", recovering, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, http.ErrAbortHandler, false},
		{"response has begun", recovering, begun("boom"), http.ErrAbortHandler, true},
		{"response was flushed", recovering, func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			panic("boom")
		}, http.ErrAbortHandler, true},
		{"uncomparable value", recovering, begun([]int{1}), http.ErrAbortHandler, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, out := record(t), logTo(t)
			var value any
			func() {
				defer func() { value = recover() }()
				get("/", "/", woven(site(c.site), c.body))
			}()
			if value != c.want {
				t.Errorf("recovered %v, want %v", value, c.want)
			}
			if logged := out.Len() > 0; logged != c.logs {
				t.Errorf("the log is %q", out)
			}
			failed, events := codes.Error, 1
			if c.name == "abort" { // a handler's way to end a connection
				failed, events = codes.Unset, 0
			}
			if span := got.span(t); span.Status().Code != failed || len(span.Events()) != events {
				t.Errorf("span is %v %v", span.Status(), span.Events())
			}
		})
	}
}

func TestOff(t *testing.T) {
	got := record(t)
	defer process.SetOff(true)()
	s := guarded()
	for range 5 {
		w := httptest.NewRecorder()
		woven(s, func(inside http.ResponseWriter, r *http.Request) {
			if inside != http.ResponseWriter(w) {
				t.Error("the body got another writer")
			}
			inside.WriteHeader(500)
		})(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 500 {
			t.Errorf("status is %d", w.Code)
		}
	}
	if n := len(got.spans.Started()); n != 0 {
		t.Errorf("%d spans", n)
	}
}
