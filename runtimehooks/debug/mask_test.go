package debug

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/runtimehooks"
)

func serveHost(h http.Handler, r *http.Request, host string) *httptest.ResponseRecorder {
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// private is a site whose keys and errors are about people.
func private() *fake {
	return newFake(runtimehooks.SiteState{
		Function: "a.F", Name: "a.F", Calls: 3, Failures: 1,
		Aspects:  []runtimehooks.AspectState{{Name: "breaker", Enabled: true}},
		Breakers: []runtimehooks.BreakerStatus{{Name: "a.F"}, {Name: "a.F", Key: "ann@example.com"}, {Name: "a.F", Key: "#0123456789ab"}},
		Limits:   []runtimehooks.LimitStatus{{Name: "a.F", Key: "token-s3cret", Burst: 1}},
		Errors:   []runtimehooks.ErrorRecord{{Type: "*a.Error", Text: "card 4242 of ann@example.com"}},
	})
}

// Neither page, JSON nor stream shows keys and texts of errors, and no search finds out whether
// there is one.
func TestMasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := private()
		h := newHandler(f, Control())
		l, _ := listen(t.Context(), h, "")
		updates, _ := l.events(t)
		l.mu.Lock()
		l.err = http.ErrHandlerTimeout
		l.mu.Unlock()
		texts := map[string]string{
			"page": get(h, "/x/").Body.String(), "JSON": get(h, "/x/?format=json").Body.String(), "event": updates[0].Sites[siteID("a.F")],
		}
		for name, text := range texts {
			for _, secret := range []string{"ann", "example.com", "s3cret", "4242", "card"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s has %q", name, secret)
				}
			}
			contains(t, text, "*a.Error", "masked, 28 characters")
		}
		for _, q := range []string{"ann", "s3cret", "4242"} {
			contains(t, get(h, "/x/?q="+q).Body.String(), "0 of 1 site")
		}
		f.call(0)
	})
}

// A breaker is forced by the mark of its key, by the key of who knows it, and not by a mark of no
// key.
func TestMarks(t *testing.T) {
	f := private()
	h := newHandler(f, Control())
	marks := regexp.MustCompile(`name="key" value="(#[0-9a-f]{12})"`).FindAllStringSubmatch(get(h, "/x/").Body.String(), -1)
	if len(marks) != 2 || marks[0][1] == marks[1][1] {
		t.Fatalf("marks are %q", marks)
	}
	if other := newHandler(f).masks.mark("ann@example.com"); other == marks[0][1] {
		t.Error("marks can be guessed from keys")
	}
	for said, code := range map[string]int{
		marks[0][1]: http.StatusSeeOther, "ann@example.com": http.StatusSeeOther, "#0123456789ab": http.StatusSeeOther, "#ffffffffffff": http.StatusConflict,
	} {
		if w := post(h, "/x/breaker", url.Values{"function": {"a.F"}, "key": {said}, "to": {"open"}}); w.Code != code {
			t.Errorf("%s: %d", said, w.Code)
		}
	}
	for _, call := range f.forced {
		if !strings.HasPrefix(call, "a.F ann@example.com ") && !strings.HasPrefix(call, "a.F #0123456789ab ") {
			t.Errorf("forced %s", call)
		}
	}
	contains(t, get(h, "/x/?q="+url.QueryEscape(marks[0][1])).Body.String(), "1 site")
}

// What is revealed is cut, and shows what cannot be seen.
func TestRevealed(t *testing.T) {
	f := private()
	f.sites[0].Breakers[1].Key = strings.Repeat("k", 1<<20)
	f.sites[0].Errors[0].Text = "invoice\u202egpj.exe\x00\u200b" + strings.Repeat("x", 1<<20)
	f.sites[0].Errors[0].Type = strings.Repeat("t", 1<<20)
	body := get(newHandler(f, Reveal(), Control()), "/x/").Body.String()
	contains(t, body, `invoice\u202egpj.exe\u0000\u200b`, strings.Repeat("k", mostKey)+"…")
	if len(body) > 20_000 {
		t.Errorf("the page has %d bytes", len(body))
	}
	for text, want := range map[string]string{"äöü 日本\n\u00a0": "äöü 日本\n\u00a0", "\U000e0041": `\U000e0041`, "a\tb": `a\u0009b`} {
		if got := printable(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
