package entryhooks

import (
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// A router that a program makes without weaving the server, as tests do, has its server span from
// the pack: in a first middleware, which also gives the route of handlers that are not woven to the
// server span of others.

// Server is the site of a library's router. Its middleware calls Serve.
type Server[P any] struct {
	site Site[P]
	once sync.Once
}

// NewServer returns the site of the router with the given name.
func NewServer[P any](name string, entry *Entry[P]) *Server[P] {
	return &Server[P]{site: Site[P]{Site: serverSite(name), Entry: entry}}
}

func serverSite(name string) runtimehooks.Site {
	return runtimehooks.Site{
		Function: name, Name: name,
		Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}},
	}
}

// Serve calls next below the request's server span. Where there is one, or middleware of somebody
// else's makes it, Serve only gives it the route.
func (s *Server[P]) Serve(p P, next func(P)) {
	if about := s.site.kept.describe(s.site.Entry.describe); about.within(p) || httphooks.RecordedByRouter() {
		defer about.found(p)
		next(p)
		return
	}
	s.once.Do(func() { runtimehooks.Register(&s.site.Site) })
	call := s.site.Call()
	call.router = true
	p = call.Enter(p)
	defer call.Exit()
	next(p)
}

// ErrorServer is [Server] for functions that return an error.
type ErrorServer[P any] struct {
	site ErrorSite[P]
	once sync.Once
}

// NewErrorServer returns the site of the router with the given name.
func NewErrorServer[P any](name string, entry *ErrorEntry[P]) *ErrorServer[P] {
	return &ErrorServer[P]{site: ErrorSite[P]{Site: serverSite(name), Entry: entry}}
}

// Serve is (*Server).Serve.
func (s *ErrorServer[P]) Serve(p P, next func(P) error) (err error) {
	if about := s.site.kept.describe(s.site.Entry.describe); about.within(p) || httphooks.RecordedByRouter() {
		defer about.found(p)
		return next(p)
	}
	s.once.Do(func() { runtimehooks.Register(&s.site.Site) })
	call := s.site.Call()
	call.router = true
	p = call.Enter(p)
	defer call.Exit(&err)
	return next(p)
}

// within reports whether the request has a server span already.
func (d *description[P]) within(p P) bool {
	traced, _ := httphooks.Within(d.context(p))
	return traced
}

// found gives the route to the server span.
func (d *description[P]) found(p P) {
	if d.route != nil {
		httphooks.Found(d.context(p), d.route(p))
	}
}
