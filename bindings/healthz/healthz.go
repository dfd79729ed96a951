package healthz

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// patience is how long the bindings are asked by default.
const patience = 5 * time.Second

// Option is an option of [Handler] and [Ready].
type Option func(*ready)

// Reasons reports not only which bindings fail and by which code, but why, which names hosts and
// files: for handlers that only operators reach.
func Reasons() Option { return func(r *ready) { r.reasons = true } }

// Ignore says that the program is ready even if some bindings are not, by their logical names:
// those without which it does something of use, such as another service. They are reported all the
// same.
func Ignore(names ...string) Option {
	return func(r *ready) { r.ignored = append(r.ignored, names...) }
}

// Within sets how long the bindings are asked. The default is five seconds.
func Within(d time.Duration) Option { return func(r *ready) { r.within = d } }

// Handler serves GET /live and GET /ready.
func Handler(p *bindings.Platform, options ...Option) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /live", Live())
	mux.Handle("GET /ready", Ready(p, options...))
	return mux
}

// Live answers every request with 200.
func Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, Report{Status: "live"}) })
}

// Report is what is answered, in JSON.
type Report struct {
	Status  string    `json:"status"` // "live", "ready", or why not: "unavailable: the platform is closing"
	Failing []Failing `json:"failing,omitempty"`
}

// Failing is a binding that would not serve an operation.
type Failing struct {
	Binding string `json:"binding"`
	Code    string `json:"code"` // as telemetry names it: "unavailable"
	Reason  string `json:"reason,omitempty"`
}

// Ready answers with 200 if the program should get work, else with 503, and names the bindings that
// fail.
func Ready(p *bindings.Platform, options ...Option) http.Handler {
	r := &ready{platform: p, within: patience}
	for _, o := range options {
		o(r)
	}
	return r
}

type ready struct {
	platform *bindings.Platform
	reasons  bool
	ignored  []string
	within   time.Duration
}

// ServeHTTP implements [http.Handler].
func (r *ready) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if err := r.platform.Running(); err != nil {
		reply(w, http.StatusServiceUnavailable, Report{Status: err.Error()})
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), r.within)
	defer cancel()
	report, status := Report{Status: "ready"}, http.StatusOK
	for _, h := range r.platform.Health(ctx) {
		if h.Err == nil {
			continue
		}
		failing := Failing{Binding: h.Binding, Code: bindings.Code(h.Err).ErrorType()}
		if r.reasons {
			failing.Reason = h.Err.Error()
		}
		report.Failing = append(report.Failing, failing)
		if !slices.Contains(r.ignored, h.Binding) {
			report.Status, status = "bindings fail", http.StatusServiceUnavailable
		}
	}
	reply(w, status, report)
}

func reply(w http.ResponseWriter, status int, report Report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(report) // who went away needs no answer
}
