package debug

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// What operators do is logged; the tests that press buttons have no use for it.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// get asks a handler for a URL, with headers in pairs.
func get(h http.Handler, url string, headers ...string) *httptest.ResponseRecorder {
	return ask(h, httptest.NewRequest(http.MethodGet, url, nil), headers...)
}

// revealed is a handler that shows keys and errors.
func revealed(s source, options ...Option) *handler {
	return newHandler(s, append(options, Reveal())...)
}

// post sends a form, as a program that is no browser would.
func post(h http.Handler, url string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return ask(h, r, headers...)
}

// ask asks as this machine does, unless the request names another host than httptest's.
func ask(h http.Handler, r *http.Request, headers ...string) *httptest.ResponseRecorder {
	if r.Host == "example.com" {
		r.Host = "localhost"
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not there", p)
		}
	}
}

// An operator finds on the page, without scripts, all that a site's state says.
func TestPage(t *testing.T) {
	f := shop()
	h := revealed(f)
	if !f.keeps {
		t.Error("errors are not kept")
	}
	w := get(h, "/debug/instrument/")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatal(w.Code, w.Header())
	}
	body := w.Body.String()
	contains(t, body,
		"example.com/shop/orders.(*Service).Place", "stack server", "1\u202f284\u202f331", "0.3\u202f%", "3.24<small>&#8239;ms</small>",
		`<span>attempts=</span><bdi>5</bdi><span class="by"> for stack server</span>`, `<span>cooldown=</span><bdi>10s</bdi><span class="by"> for name payments</span>`,
		`<span>rate=</span><bdi>500/s</bdi><span class="by"> for all sites</span>`,
		"17 calls, 3 failed, 1 slow; opens at 50\u202f% failed", "2 failures in a row; opens at 5", "opened 3 times",
		"eu-west-1", "lets a call through in 4s", "half-open", "431 of 500 may begin now", "8 of 8 running, 25 waiting",
		"charge card ending 4242: declined by issuer: &lt;insufficient funds&gt;", "4bf92f3577b34da6a3ce929d0e0e4736", "hedge off")
	if strings.Contains(body, "<button name") || strings.Contains(body, `method="post"`) {
		t.Error("without Control there are buttons")
	}
	if strings.Contains(body, " style=") || strings.Contains(body, " onclick=") {
		t.Error("the page has what its own policy forbids")
	}
}

func TestHeaders(t *testing.T) {
	h := revealed(shop(), Control())
	for _, url := range []string{"/x/", "/x/?format=json", "/x/style.css", "/x/nothing"} {
		header := get(h, url).Header()
		csp := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", url, header)
		}
	}
	if got := get(h, "/x/").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page may be kept: %s", got)
	}
}

// The files are linked by version, may be kept for good, and are found again where the handler is
// mounted without a prefix.
func TestAssets(t *testing.T) {
	for prefix, h := range map[string]http.Handler{
		"/debug/instrument/": revealed(shop()),
		"/a/b/":              http.StripPrefix("/a/b", revealed(shop())),
	} {
		body := get(h, prefix).Body.String()
		for name, kind := range map[string]string{"style.css": "text/css", "script.js": "text/javascript", "icon.svg": "image/svg+xml"} {
			link := name + "?v=" + version
			contains(t, body, link)
			w := get(h, prefix+link)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s%s: %d %v", prefix, link, w.Code, w.Header())
			}
			if w := get(h, prefix+name, "If-None-Match", `"`+version+`"`); w.Code != http.StatusNotModified {
				t.Errorf("%s%s: %d, want 304", prefix, name, w.Code)
			}
		}
	}
	w := get(http.StripPrefix("/a/b", revealed(shop())), "/a/b?q=x")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "b/?q=x" {
		t.Errorf("without the slash: %d to %s", w.Code, got)
	}
	if w := get(revealed(shop()), "/debug/instrument/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown page: %d", w.Code)
	}
}

// Tools read the JSON by the names of its fields, which therefore stay: the golden text is one site
// with everything.
func TestJSON(t *testing.T) {
	h := revealed(newFake(shop().sites[1]))
	want, err := os.ReadFile("testdata/site.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*httptest.ResponseRecorder{
		get(h, "/x/?format=json"), get(h, "/x/", "Accept", "application/json"), get(h, "/x/?format=json&q=store", "Accept", "text/html"),
	} {
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != string(want) {
			t.Errorf("%d %v\n%s", w.Code, w.Header(), w.Body)
		}
	}
	for _, accept := range []string{"", "*/*", "text/html,application/xhtml+xml,application/json;q=0.9"} {
		if got := get(h, "/x/", "Accept", accept).Header().Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
			t.Errorf("Accept: %s: %s, want HTML", accept, got)
		}
	}
	if got := get(revealed(newFake()), "/x/?format=json").Body.String(); got != "{\n\t\"sites\": []\n}\n" {
		t.Errorf("without sites: %s", got)
	}
}

// The same parameters filter and sort page and JSON.
func TestQuery(t *testing.T) {
	h := revealed(shop())
	for query, want := range map[string][]string{
		"":                      {"jobs.Nightly", "ReservationCoordinator.ReserveStockAcrossWarehouses", "Server.health", "Server.order", "Service.Place", "Store.Get", "Store.Put"},
		"sort=nonsense&q=Store": {"Store.Get", "Store.Put"},
		"q=store&sort=calls":    {"Store.Get", "Store.Put"},
		"sort=errors&q=shop":    {"Store.Get", "Server.order", "Service.Place", "jobs.Nightly", "ReservationCoordinator.ReserveStockAcrossWarehouses", "Server.health", "Store.Put"},
		"sort=latency&q=web":    {"Server.order", "Server.health"},
		"q=SERVER+web":          {"Server.health", "Server.order"},
		"q=breaker:open":        {"Store.Get"},
		"q=overridden":          {"Service.Place", "Store.Get"},
		"q=hedge:off":           {"Store.Get"},
		"q=eu-west":             {"Store.Get"},
		"q=DeclinedError":       {"Service.Place"},
		"q=af7651916cd43dd8":    {"Store.Get"},
		"q=warehouse":           {"ReservationCoordinator.ReserveStockAcrossWarehouses"},
		"q=nothing":             nil,
	} {
		var s State
		if err := json.Unmarshal(get(h, "/x/?format=json&"+query).Body.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, site := range s.Sites {
			names = append(names, site.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", query, names, want)
		}
	}
	contains(t, get(h, "/x/?q=nothing").Body.String(), "No site matches this filter.", "0 of 7 sites")
	contains(t, get(revealed(newFake()), "/x/").Body.String(), "No function of this program is woven")
	contains(t, get(h, "/x/?q=%22><script>&sort=calls").Body.String(), `value="&#34;&gt;&lt;script&gt;"`, "?q=%22%3E%3Cscript%3E&amp;sort=errors", `name="sort" value="calls"`)
}

// What the process itself has, through the exported function.
func TestPolicies(t *testing.T) {
	const function = "example.com/debugged.Work"
	site := &runtimehooks.Site{Function: function, Name: "debugged.Work", Aspects: runtimehooks.Aspects{Metrics: &runtimehooks.Metrics{}, Breaker: &runtimehooks.Breaker{Failures: 2, Cooldown: 1e12}}}
	runtimehooks.Register(site)
	h := Handler(Control(), Reveal())
	work := func(result error) (err error) {
		call := site.Call()
		ctx := call.Enter(t.Context())
		defer call.Exit(&err)
		if !call.Allow(&err) {
			return err
		}
		_ = ctx
		return result
	}
	look := func() Site {
		var s State
		if err := json.Unmarshal(get(h, "/x/?format=json&q=debugged.Work").Body.Bytes(), &s); err != nil || len(s.Sites) != 1 {
			t.Fatal(err, s)
		}
		return s.Sites[0]
	}
	work(nil)
	work(os.ErrClosed)
	s := look()
	if s.Calls != 2 || s.Failures != 1 || len(s.Breakers) != 1 || s.Breakers[0].Failures != 1 || len(s.Errors) != 1 || s.Errors[0].Text != os.ErrClosed.Error() || s.Latency.Max <= 0 {
		t.Errorf("after two calls: %+v", s)
	}
	if w := post(h, "/x/breaker", url.Values{"function": {function}, "to": {"open"}}); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if err := work(nil); err == nil || !look().Breakers[0].Forced {
		t.Errorf("with the breaker forced open: %v, %+v", err, look())
	}
	if w := post(h, "/x/aspect", url.Values{"function": {function}, "aspect": {"breaker"}, "to": {"off"}}); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if err := work(nil); err != nil || look().Aspects[1].Enabled {
		t.Errorf("with the breaker off: %v, %+v", err, look())
	}
	if w := post(h, "/x/reset", nil); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if s := look(); !s.Aspects[1].Enabled || s.Breakers[0].Forced || work(nil) != nil {
		t.Errorf("after all was put back: %+v", s)
	}
}
