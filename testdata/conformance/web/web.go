// Package web has net/http handlers woven with policies, whose refusals are responses.
package web

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// Server has handlers that do its work.
type Server struct{ Work harness.Work }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if err := s.Work(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, "done")
}

//instrument:limit rate=1/s
func (s *Server) Limit(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

//instrument:limit rate=1/s key=r.URL.Path
func (s *Server) LimitKey(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

//instrument:authz func=authorize
func (s *Server) Authz(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

func authorize(r *http.Request) error {
	switch r.Header.Get("User") {
	case "":
		return fmt.Errorf("no user: %w", runtimehooks.ErrUnauthenticated)
	case "root":
		return nil
	}
	return errors.New("not root")
}

// Realm asks for a password.
//
//instrument:authz authorize "challenge=Basic realm=\"shop\""
func (s *Server) Realm(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

// Download fails after it has set the headers of a response of its own.
//
//instrument:recover
//instrument:timeout 1s
func (s *Server) Download(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"Content-Encoding", "Content-Length", "Cache-Control", "Etag", "Set-Cookie"} {
		w.Header().Set(name, "1")
	}
	w.Header().Set("Vary", "Cookie")
	if s.Work(r.Context()) == nil {
		w.WriteHeader(http.StatusNoContent)
	}
}

//instrument:validate func=validate
func (s *Server) Validate(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

func validate(r *http.Request) error {
	if r.URL.Query().Get("n") == "" {
		return errors.New("n must be given")
	}
	return nil
}

//instrument:bulkhead max=1
func (s *Server) Bulkhead(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

//instrument:breaker failures=2 cooldown=10s
func (s *Server) Breaker(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }

//instrument:timeout 1s
func (s *Server) Timeout(w http.ResponseWriter, r *http.Request) {
	if s.Work(r.Context()) == nil {
		fmt.Fprint(w, "done")
	}
}

//instrument:recover
//instrument:authz func=authorize
//instrument:bulkhead max=1
//instrument:breaker failures=2 cooldown=10s
func (s *Server) All(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }
