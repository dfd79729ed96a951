package debug

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// source is what the page shows and changes.
type source interface {
	Sites() []runtimehooks.SiteState
	List() []*entry // sorted as the page shows them; called by one at a time
	Pulse() uint64
	KeepErrors(keep bool)
	ForceBreaker(function, key string, to runtimehooks.BreakerForce) error
	Layers() map[string]runtimehooks.Overrides
	Layer(name string, o runtimehooks.Overrides) error
}

// Option is an option of [Handler].
type Option func(*handler)

// Control gives the page buttons that force breakers open or closed, and switch aspects off and on.
// They are overrides of the layer "page", which lasts as long as the process.
func Control() Option { return func(h *handler) { h.control = true } }

// Handler returns the page about all sites of the process. From then on sites keep their latest
// errors.
func Handler(options ...Option) http.Handler {
	return newHandler(&process{PolicySet: runtimehooks.Policies()}, options...)
}

// process is the source that is the process's own.
type process struct {
	*runtimehooks.PolicySet
	index index
}

// List implements source.
func (p *process) List() []*entry { return p.index.entries(p.Registered()) }

type handler struct {
	source  source
	control bool
	reveals bool
	hosts   map[string]bool // names that it answers to, beside those that are always this machine's
	masks   *masks

	protection *http.CrossOriginProtection
	changing   sync.Mutex // held while the layer is read, changed and written
	listing    sync.Mutex // held while sites are chosen
	boards     boards
	shutdowns  shutdowns
}

func newHandler(s source, options ...Option) *handler {
	h := &handler{source: s, hosts: map[string]bool{}, masks: newMasks(), protection: http.NewCrossOriginProtection(),
		boards: boards{list: map[query]*board{}}}
	for _, o := range options {
		o(h)
	}
	s.KeepErrors(true)
	return h
}

// ServeHTTP knows what is asked for by the last element of the path: the handler does not know
// where it is mounted, and all links of the page are relative.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, name := path.Split(r.URL.Path)
	_, isAction := actions[name]
	methods := []string{http.MethodGet, http.MethodHead}
	if isAction {
		methods = []string{http.MethodPost}
	}
	protect(w.Header())
	switch {
	case !h.answersTo(r.Host):
		h.refuse(w, r, http.StatusForbidden, fmt.Sprintf("The page does not answer to the name %q, which may be another site's: "+
			"ask for localhost or an address, or name it by debug.Host.", hostname(r.Host)))
	case !slices.Contains(methods, r.Method):
		w.Header().Set("Allow", strings.Join(methods, ", "))
		h.refuse(w, r, http.StatusMethodNotAllowed, "The method must be "+strings.Join(methods, " or ")+".")
	case isAction:
		h.act(w, r, name)
	case r.URL.Path == "": // mounted with http.StripPrefix, and asked for without the slash
		redirect(w, path.Base(strings.TrimSuffix(requestPath(r), "/"))+"/", r.URL.RawQuery)
	case name == "":
		h.show(w, r)
	case name == "events":
		h.stream(w, r)
	case assets[name] != nil:
		assets[name].serve(w, r)
	default:
		h.refuse(w, r, http.StatusNotFound, "There is no such page.")
	}
}

func requestPath(r *http.Request) string {
	p, _, _ := strings.Cut(r.RequestURI, "?")
	return p
}

// redirect sends the client to a URL relative to the one that it asked for. http.Redirect would
// make it absolute by r.URL.Path, which http.StripPrefix has changed.
func redirect(w http.ResponseWriter, to, query string) {
	if query != "" {
		to += "?" + query
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// protect sets the headers of every response. Of Referrer-Policy anything stricter would have
// browsers send "Origin: null" with forms, which cannot be told from another site's.
func protect(header http.Header) {
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
}
