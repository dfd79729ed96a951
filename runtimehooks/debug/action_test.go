package debug

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
)

const (
	placer = "example.com/shop/orders.(*Service).Place"
	getter = "example.com/shop/store.(*Store).Get"
)

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// Without the permission there is no way to change anything.
func TestWithoutControl(t *testing.T) {
	f := shop()
	h := revealed(f)
	for action, form := range map[string]url.Values{
		"breaker": form("function", getter, "to", "open"), "aspect": form("function", placer, "aspect", "retry", "to", "off"), "reset": nil,
	} {
		if w := post(h, "/x/"+action, form); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", action, w.Code)
		}
	}
	if len(f.forced)+len(f.layers) > 0 {
		t.Errorf("changed %v %v", f.forced, f.layers)
	}
}

// Another site must not be able to press a button in an operator's browser.
func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"this page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost"}, http.StatusSeeOther},
		{"this page, over plain HTTP", []string{"Origin", "http://localhost"}, http.StatusSeeOther},
		{"no browser", nil, http.StatusSeeOther},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"}, http.StatusForbidden},
		{"a sibling", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://www.example.com"}, http.StatusForbidden},
		{"another site, over plain HTTP", []string{"Origin", "http://evil.example"}, http.StatusForbidden},
		{"a sandbox", []string{"Origin", "null"}, http.StatusForbidden},
	} {
		f := shop()
		w := post(revealed(f, Control()), "/x/breaker", form("function", getter, "to", "open"), c.headers...)
		if w.Code != c.want || (len(f.forced) > 0) != (c.want == http.StatusSeeOther) {
			t.Errorf("%s: %d, want %d; forced %v", c.name, w.Code, c.want, f.forced)
		}
	}
}

// A link or an image cannot press a button either, nor can the query of a URL.
func TestMethods(t *testing.T) {
	f := shop()
	h := revealed(f, Control())
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/x/reset", nil),
		httptest.NewRequest(http.MethodHead, "/x/breaker?to=open", nil),
		httptest.NewRequest(http.MethodPost, "/x/", nil),
		httptest.NewRequest(http.MethodDelete, "/x/", nil),
		httptest.NewRequest(http.MethodPost, "/x/events", nil),
	} {
		if w := ask(h, r); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: %d, Allow: %s", r.Method, r.URL, w.Code, w.Header().Get("Allow"))
		}
	}
	w := ask(h, httptest.NewRequest(http.MethodPost, "/x/breaker?to=open&function="+url.QueryEscape(getter), nil))
	if w.Code != http.StatusConflict || len(f.forced) > 0 {
		t.Errorf("parameters in the URL: %d, forced %v", w.Code, f.forced)
	}
}

// Who did what is in the program's log.
func TestLog(t *testing.T) {
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	defer slog.SetDefault(before)
	h := revealed(shop(), Control())
	post(h, "/x/breaker", form("function", getter, "key", "us-east-2", "to", "open"))
	post(h, "/x/breaker", form("function", "nobody", "to", "open"))
	contains(t, b.String(), "action=breaker function="+getter+" key=us-east-2 aspect=\"\" to=open remote=192.0.2.1:1234")
	if n := strings.Count(b.String(), "\n"); n != 1 {
		t.Errorf("%d records, want 1:\n%s", n, &b)
	}
}

func TestForceBreaker(t *testing.T) {
	f := shop()
	h := revealed(f, Control())
	w := post(h, "/x/breaker", form("function", getter, "key", "us-east-2", "to", "open"))
	if got, want := w.Header().Get("Location"), "./?open="+url.QueryEscape(getter)+"#"+siteID(getter); w.Code != http.StatusSeeOther || got != want {
		t.Errorf("leads to %d %s, want %s", w.Code, got, want)
	}
	body := get(h, "/x/?open="+url.QueryEscape(getter)).Body.String()
	contains(t, body, `id="`+siteID(getter)+`" open>`, "forced open", `value="open" aria-pressed="true"`, "1 breaker forced by an operator")
	post(h, "/x/breaker", form("function", getter, "key", "us-east-2", "to", "closed"))
	post(h, "/x/breaker", form("function", getter, "to", "auto"))
	if want := []string{getter + " us-east-2 2", getter + " us-east-2 1", getter + "  0"}; !slices.Equal(f.forced, want) {
		t.Errorf("forced %q, want %q", f.forced, want)
	}
	for _, wrong := range []url.Values{form("function", getter, "to", "ajar"), form("function", "nobody", "to", "open")} {
		if w := post(h, "/x/breaker", wrong, "Accept", "application/json"); w.Code != http.StatusConflict || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%v: %d %s", wrong, w.Code, w.Body)
		}
	}
}

// The page's layer says no more than it must, and keeps what else it says.
func TestSwitchAspect(t *testing.T) {
	f := shop()
	f.layers["file"] = runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{placer: {"log": {"enabled": "false"}}}}
	h := revealed(f, Control())
	press := func(aspect, to string, want runtimehooks.AspectOverrides) {
		t.Helper()
		w := post(h, "/x/aspect", form("function", placer, "aspect", aspect, "to", to), "Accept", "application/json")
		if got := f.layers["page"].Sites[placer]; w.Code != http.StatusNoContent || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s: %d %s, the layer says %v, want %v", aspect, to, w.Code, w.Body, got, want)
		}
	}
	press("retry", "off", runtimehooks.AspectOverrides{"retry": {"enabled": "false"}})
	press("retry", "off", runtimehooks.AspectOverrides{"retry": {"enabled": "false"}})
	press("log", "on", runtimehooks.AspectOverrides{"retry": {"enabled": "false"}, "log": {"enabled": "true"}})
	contains(t, get(h, "/x/").Body.String(), "switched here", "retry off", "2 aspects switched by an operator", "always on: what it guards")
	press("log", "off", runtimehooks.AspectOverrides{"retry": {"enabled": "false"}})
	press("retry", "on", nil)
	for _, wrong := range []url.Values{
		form("function", placer, "aspect", "retry", "to", "maybe"), form("function", "nobody", "aspect", "retry", "to", "off"), form("function", placer, "aspect", "cache", "to", "off"),
	} {
		if w := post(h, "/x/aspect", wrong); w.Code != http.StatusConflict || len(f.layers) != 1 {
			t.Errorf("%v: %d %s, layers %v", wrong, w.Code, w.Body, f.layers)
		}
	}
}

// Where the program's own overrides win, the page says so, and nothing stays behind.
func TestSwitchInVain(t *testing.T) {
	f := shop()
	f.layers["program"] = runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{placer: {"retry": {"enabled": "true"}}}}
	w := post(revealed(f, Control()), "/x/aspect", form("function", placer, "aspect", "retry", "to", "off"))
	if _, ok := f.layers["page"]; w.Code != http.StatusConflict || ok {
		t.Errorf("%d %s, layers %v", w.Code, w.Body, f.layers)
	}
	contains(t, w.Body.String(), "keeps retry of "+placer+" as it is")
}

func TestReset(t *testing.T) {
	f := shop()
	h := revealed(f, Control())
	post(h, "/x/breaker", form("function", getter, "to", "open"))
	post(h, "/x/aspect", form("function", placer, "aspect", "retry", "to", "off"))
	if w := post(h, "/x/reset", form("q", "Store", "sort", "calls")); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "./?q=Store&sort=calls" {
		t.Errorf("leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	for _, s := range f.Sites() {
		for _, b := range s.Breakers {
			if b.Forced {
				t.Errorf("%s is still forced", b.Name)
			}
		}
	}
	if len(f.layers) > 0 {
		t.Errorf("still overridden: %v", f.layers)
	}
}
