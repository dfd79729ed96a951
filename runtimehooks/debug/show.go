package debug

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	rtdebug "runtime/debug"
	"strings"
)

// page is the data of the template "page".
type page struct {
	Program, Version string
	Query            query
	Control, Reveals bool
	Summary          template.HTML
	Columns          []column
	Rows             []template.HTML
	Pages            turned
	Total            int
	JSON             string
}

// column is a heading that sorts.
type column struct{ Name, Order, Link string }

// summary is what the sites that are shown add up to.
type summary struct {
	Sites, Calls, Errors, Share, Running string
	Failing                              bool
	Open, HalfOpen, Forced, Overridden   int
	Switched                             int // aspects that this page has switched
	Changes                              string
	Control                              bool
}

// show answers with the page, or with its data.
func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r.URL.Query())
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) {
		all := h.choose(q.whole())
		writeJSON(w, http.StatusOK, state(each(all.shown, h.state)))
		return
	}
	c, _ := h.board(q).look(fresh)
	render(w, http.StatusOK, "page", c.page)
}

func columns(q query) []column {
	list := []column{{Name: "Function", Order: "function"}, {Name: "Calls", Order: "calls"}, {Name: "Errors", Order: "errors"}, {Name: "p99", Order: "latency"}}
	for i := range list {
		list[i].Link = q.link(list[i].Order)
	}
	return list
}

func jsonLink(q query) string {
	link := q.link(q.Sort)
	if strings.Contains(link, "?") {
		return link + "&format=json"
	}
	return link + "?format=json"
}

// wantsJSON reports whether the request asks for JSON: by format, or because it accepts that and no
// HTML, as browsers do.
func wantsJSON(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "json"
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func (v viewer) summary(c chosen) summary {
	g := c.sum
	m := summary{
		Sites: plural(int64(c.all), "site"), Control: v.control, Calls: count(g.Calls), Errors: count(g.Failures), Running: count(g.Running),
		Failing: g.Failures > 0, Open: g.Open, HalfOpen: g.HalfOpen, Forced: g.Forced, Overridden: c.changed,
	}
	if c.matched < c.all {
		m.Sites = count(int64(c.matched)) + " of " + m.Sites
	}
	for _, aspects := range v.page {
		m.Switched += len(aspects)
	}
	if g.Failures > 0 {
		m.Share = percent(g.Failures, g.Calls)
	}
	var changes []string
	if m.Switched > 0 {
		changes = append(changes, plural(int64(m.Switched), "aspect")+" switched")
	}
	if m.Forced > 0 {
		changes = append(changes, plural(int64(m.Forced), "breaker")+" forced")
	}
	m.Changes = strings.Join(changes, ", ")
	return m
}

// program names the process as well as can be.
func program() string {
	if info, ok := rtdebug.ReadBuildInfo(); ok && info.Path != "" {
		return info.Path
	}
	return filepath.Base(os.Args[0])
}

func render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "render page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	b.WriteTo(w)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		http.Error(w, "render JSON: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

// refuse says what is wrong with a request, in the form that it asks for.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	if wantsJSON(r) {
		writeJSON(w, status, map[string]string{"error": reason})
		return
	}
	render(w, status, "refusal", map[string]string{"Title": http.StatusText(status), "Reason": reason, "Version": version})
}
