package ginhooks

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

func limited() runtimehooks.Site {
	return runtimehooks.Site{Function: "limited", Name: "limited", Aspects: runtimehooks.Aspects{
		Trace: &runtimehooks.Trace{}, Limit: &runtimehooks.Limit{Rate: 1, Per: time.Hour, Burst: 1},
	}}
}

// A request has one server span, whether the engine serves it or net/http does, with gin's route.
// What a limit refuses is answered with 429, and no later handler runs.
func TestServes(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	site := entryhooks.Site[*gin.Context]{Site: limited(), Entry: &Handler}
	later := 0
	e := New()
	e.Use(gin.Recovery())
	e.GET("/limited/:id", func(c *gin.Context) {
		call := site.Call()
		c = call.Enter(c)
		defer call.Exit()
		if !call.Limit(call.Key()) {
			return
		}
		c.String(http.StatusOK, c.Param("id"))
	}, func(*gin.Context) { later++ })
	e.GET("/literal", func(c *gin.Context) { c.Status(http.StatusTeapot) })
	for _, h := range []http.Handler{e, httphooks.Handler(e)} {
		got := recorded.Spans(t, func() { recorded.Get(h, "/limited/7") })
		if status := map[bool]string{true: "200", false: "429"}[h == http.Handler(e)]; !slices.Equal(got, []string{"internal limited", "server GET /limited/:id " + status}) {
			t.Errorf("spans: %q", got)
		}
		got = recorded.Spans(t, func() { recorded.Get(h, "/literal"); recorded.Get(h, "/none") })
		if !slices.Equal(got, []string{"server GET /literal 418", "server GET 404"}) {
			t.Errorf("spans: %q", got)
		}
	}
	if w := recorded.Get(e, "/limited/7"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a request over the limit is answered with %d, %v", w.Code, w.Header())
	}
	if later != 1 {
		t.Errorf("the handler after that of the limit ran %d times, want 1", later)
	}
}

// The engine's first middleware is before gin's own, so that it sees what these answer.
func TestDefault(t *testing.T) {
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	e := Default()
	e.GET("/boom", func(*gin.Context) { panic("boom") })
	if got := recorded.Spans(t, func() { recorded.Get(e, "/boom"); recorded.Get(e, "/none") }); !slices.Equal(got, []string{"server GET /boom 500", "server GET 404"}) {
		t.Errorf("spans: %q", got)
	}
}
