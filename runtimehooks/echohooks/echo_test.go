package echohooks

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

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

// A request has one server span, whether the router serves it or net/http does, with echo's route.
// What a limit refuses is answered by echo's error handler.
func TestServes(t *testing.T) {
	site := entryhooks.ErrorSite[echo.Context]{Site: limited(), Entry: &Handler}
	e := New()
	e.GET("/limited/:id", func(c echo.Context) (err error) {
		call := site.Call()
		c = call.Enter(c)
		defer call.Exit(&err)
		if !call.Limit(&err, call.Key()) {
			return
		}
		return c.String(http.StatusOK, c.Param("id"))
	})
	e.GET("/literal", func(c echo.Context) error { return echo.NewHTTPError(http.StatusTeapot) })
	for i, h := range []http.Handler{e, httphooks.Handler(e)} {
		got := recorded.Spans(t, func() { recorded.Get(h, "/limited/7") })
		if status := []string{"200", "429"}[i]; !slices.Equal(got, []string{"internal limited", "server GET /limited/:id " + status}) {
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
}
