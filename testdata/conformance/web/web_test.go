package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/web"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// get asks a handler, and returns its response.
func get(handler http.HandlerFunc, target, user string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if user != "" {
		r.Header.Set("User", user)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	return w.Result()
}

// status checks the status of a response, and what it says of when to come again.
func status(t *testing.T, r *http.Response, want int, retryAfter string) {
	t.Helper()
	harness.Equal(t, "status", r.StatusCode, want)
	harness.Equal(t, "Retry-After", r.Header.Get("Retry-After"), retryAfter)
}

func TestResponses(t *testing.T) {
	ok := &web.Server{Work: harness.Succeeds}
	fails := &web.Server{Work: harness.Fails(harness.ErrBoom)}
	harness.Run(t, "a limit answers 429", func(t *testing.T) {
		harness.Later()
		status(t, get(ok.Limit, "/", ""), http.StatusOK, "")
		status(t, get(ok.Limit, "/", ""), http.StatusTooManyRequests, "1")
		time.Sleep(time.Second)
		status(t, get(ok.Limit, "/", ""), http.StatusOK, "")
	})
	harness.Run(t, "a limit by a part of the request", func(t *testing.T) {
		harness.Later()
		status(t, get(ok.LimitKey, "/one", ""), http.StatusOK, "")
		status(t, get(ok.LimitKey, "/other", ""), http.StatusOK, "")
		status(t, get(ok.LimitKey, "/one", ""), http.StatusTooManyRequests, "1")
	})
	harness.Run(t, "authz answers 401 and 403", func(t *testing.T) {
		status(t, get(fails.Authz, "/", ""), http.StatusUnauthorized, "")
		status(t, get(fails.Authz, "/", "mallory"), http.StatusForbidden, "")
		status(t, get(ok.Authz, "/", "root"), http.StatusOK, "")
	})
	harness.Run(t, "status 401 has a challenge", func(t *testing.T) {
		for want, handler := range map[string]http.HandlerFunc{"Bearer": ok.Authz, `Basic realm="shop"`: ok.Realm} {
			harness.Equal(t, "WWW-Authenticate", get(handler, "/", "").Header.Get("WWW-Authenticate"), want)
			harness.Equal(t, "WWW-Authenticate", get(handler, "/", "mallory").Header.Get("WWW-Authenticate"), "")
		}
	})
	harness.Run(t, "validate answers 400", func(t *testing.T) {
		status(t, get(fails.Validate, "/", ""), http.StatusBadRequest, "")
		status(t, get(ok.Validate, "/?n=1", ""), http.StatusOK, "")
	})
	harness.Run(t, "a bulkhead answers 503", func(t *testing.T) {
		gate := make(chan struct{})
		slow := &web.Server{Work: func(context.Context) error { <-gate; return nil }}
		first := make(chan *http.Response, 1)
		go func() { first <- get(slow.Bulkhead, "/", "") }()
		synctest.Wait()
		harness.Equal(t, "status", get(ok.Bulkhead, "/", "").StatusCode, http.StatusServiceUnavailable)
		close(gate)
		status(t, <-first, http.StatusOK, "")
		status(t, get(ok.Bulkhead, "/", ""), http.StatusOK, "")
	})
	harness.Run(t, "a breaker answers 503 and counts status 500", func(t *testing.T) {
		closed := func() { // whatever tests before have left
			harness.Later()
			status(t, get(ok.Breaker, "/", ""), http.StatusOK, "")
		}
		closed()
		for range 2 {
			status(t, get(fails.Breaker, "/", ""), http.StatusInternalServerError, "")
		}
		status(t, get(ok.Breaker, "/", ""), http.StatusServiceUnavailable, "10")
		time.Sleep(10 * time.Second)
		status(t, get(ok.Breaker, "/", ""), http.StatusOK, "")
	})
	harness.Run(t, "a timeout answers 504", func(t *testing.T) {
		slow := &web.Server{Work: harness.Takes(time.Hour, nil)}
		took := harness.Elapsed(func() { status(t, get(slow.Timeout, "/", ""), http.StatusGatewayTimeout, "") })
		harness.Equal(t, "time", took, time.Second)
	})
	harness.Run(t, "a panic answers 500 and gives everything back", func(t *testing.T) {
		harness.Later()
		status(t, get(ok.All, "/", "root"), http.StatusOK, "")
		panics := &web.Server{Work: func(context.Context) error { panic("boom") }}
		status(t, get(panics.All, "/", "root"), http.StatusInternalServerError, "")
		status(t, get(ok.All, "/", "root"), http.StatusOK, "")
		status(t, get(ok.All, "/", "mallory"), http.StatusForbidden, "")
	})
}

// within is outer middleware that sets headers.
func within(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		w.Header().Set("X-Request-Id", "7")
		next(w, r)
	}
}

func TestHeaders(t *testing.T) {
	ok := &web.Server{Work: harness.Succeeds}
	fails := &web.Server{Work: harness.Fails(harness.ErrBoom)}
	// check compares the headers of a response of ours with those of entry and what explains it.
	check := func(t *testing.T, r *http.Response, code int, explains string) {
		t.Helper()
		harness.Equal(t, "status", r.StatusCode, code)
		harness.Equal(t, "Vary", r.Header.Get("Vary"), "Origin")
		harness.Equal(t, "X-Request-Id", r.Header.Get("X-Request-Id"), "7")
		for _, name := range []string{"Vary", "X-Request-Id", "Content-Type", "X-Content-Type-Options", explains} {
			r.Header.Del(name)
		}
		harness.Equal(t, "other headers", len(r.Header), 0)
	}
	harness.Run(t, "a body that succeeds keeps its headers", func(t *testing.T) {
		r := get(within(ok.Download), "/", "")
		harness.Equal(t, "status", r.StatusCode, http.StatusNoContent)
		harness.Equal(t, "Vary", r.Header.Get("Vary"), "Cookie")
		harness.Equal(t, "Set-Cookie", r.Header.Get("Set-Cookie"), "1")
	})
	harness.Run(t, "status 500 has the headers of entry", func(t *testing.T) {
		panics := &web.Server{Work: func(context.Context) error { panic("boom") }}
		check(t, get(within(panics.Download), "/", ""), http.StatusInternalServerError, "")
	})
	harness.Run(t, "status 504 has the headers of entry", func(t *testing.T) {
		slow := &web.Server{Work: harness.Takes(time.Hour, nil)}
		check(t, get(within(slow.Download), "/", ""), http.StatusGatewayTimeout, "")
	})
	harness.Run(t, "status 429 has the headers of entry", func(t *testing.T) {
		harness.Later()
		get(ok.Limit, "/", "")
		check(t, get(within(ok.Limit), "/", ""), http.StatusTooManyRequests, "Retry-After")
	})
	harness.Run(t, "status 503 has the headers of entry", func(t *testing.T) {
		harness.Later()
		get(ok.Breaker, "/", "") // closed, whatever tests before have left
		for range 2 {
			get(fails.Breaker, "/", "")
		}
		check(t, get(within(ok.Breaker), "/", ""), http.StatusServiceUnavailable, "Retry-After")
	})
	harness.Run(t, "status 401 and 403 have the headers of entry", func(t *testing.T) {
		check(t, get(within(ok.Authz), "/", ""), http.StatusUnauthorized, "WWW-Authenticate")
		check(t, get(within(ok.Authz), "/", "mallory"), http.StatusForbidden, "")
	})
	harness.Run(t, "an abort is not answered", func(t *testing.T) {
		aborts := &web.Server{Work: func(context.Context) error { panic(http.ErrAbortHandler) }}
		defer func() { harness.Equal(t, "panic", recover(), any(http.ErrAbortHandler)) }()
		get(aborts.Download, "/", "")
	})
}

// override overrides an aspect of a handler until the end of the test.
func override(t *testing.T, method, aspect string, o runtimehooks.OptionOverrides) {
	t.Helper()
	harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
		"example.com/conformance/web.(*Server)." + method: {aspect: o},
	}})
}

func TestHandlerOverrides(t *testing.T) {
	ok := &web.Server{Work: harness.Succeeds}
	harness.Run(t, "a handler's timeout", func(t *testing.T) {
		override(t, "Timeout", "timeout", runtimehooks.OptionOverrides{"after": "5s"})
		slow := &web.Server{Work: harness.Takes(time.Hour, nil)}
		took := harness.Elapsed(func() { status(t, get(slow.Timeout, "/", ""), http.StatusGatewayTimeout, "") })
		harness.Equal(t, "time", took, 5*time.Second)
	})
	harness.Run(t, "a handler's limit, switched off", func(t *testing.T) {
		override(t, "Limit", "limit", runtimehooks.OptionOverrides{"enabled": "false"})
		for range 5 {
			status(t, get(ok.Limit, "/", ""), http.StatusOK, "")
		}
	})
	harness.Run(t, "a handler's breaker, switched off", func(t *testing.T) {
		override(t, "Breaker", "breaker", runtimehooks.OptionOverrides{"enabled": "false"})
		fails := &web.Server{Work: harness.Fails(harness.ErrBoom)}
		for range 5 {
			status(t, get(fails.Breaker, "/", ""), http.StatusInternalServerError, "")
		}
	})
	harness.Run(t, "a handler's authz cannot be switched off", func(t *testing.T) {
		harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
			"*": {runtimehooks.AllAspects: {"enabled": "false"}},
		}})
		status(t, get(ok.Authz, "/", "mallory"), http.StatusForbidden, "")
		status(t, get(ok.All, "/", "mallory"), http.StatusForbidden, "")
	})
}
