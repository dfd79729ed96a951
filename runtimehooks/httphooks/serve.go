package httphooks

import (
	"net"
	"net/http"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The functions here are called in place of those of net/http that serve, as [Rules] say. So the
// server span is that of the whole request, whatever answers it: middleware, a function literal, a
// router that finds nothing.

// ListenAndServe is http.ListenAndServe, with a server span for each request.
func ListenAndServe(addr string, handler http.Handler) error {
	return http.ListenAndServe(addr, Handler(handler))
}

// ListenAndServeTLS is http.ListenAndServeTLS, with a server span for each request.
func ListenAndServeTLS(addr, certFile, keyFile string, handler http.Handler) error {
	return http.ListenAndServeTLS(addr, certFile, keyFile, Handler(handler))
}

// Serve is http.Serve, with a server span for each request.
func Serve(l net.Listener, handler http.Handler) error { return http.Serve(l, Handler(handler)) }

// ServeTLS is http.ServeTLS, with a server span for each request.
func ServeTLS(l net.Listener, handler http.Handler, certFile, keyFile string) error {
	return http.ServeTLS(l, Handler(handler), certFile, keyFile)
}

// ServerListenAndServe is (*http.Server).ListenAndServe, with a server span for each request. It
// replaces the server's handler by one that wraps it; likewise the functions below.
func ServerListenAndServe(srv *http.Server) error { return instrumented(srv).ListenAndServe() }

// ServerListenAndServeTLS is (*http.Server).ListenAndServeTLS.
func ServerListenAndServeTLS(srv *http.Server, certFile, keyFile string) error {
	return instrumented(srv).ListenAndServeTLS(certFile, keyFile)
}

// ServerServe is (*http.Server).Serve.
func ServerServe(srv *http.Server, l net.Listener) error { return instrumented(srv).Serve(l) }

// ServerServeTLS is (*http.Server).ServeTLS.
func ServerServeTLS(srv *http.Server, l net.Listener, certFile, keyFile string) error {
	return instrumented(srv).ServeTLS(l, certFile, keyFile)
}

// Handler returns a handler that serves each request below a server span and measures it. A nil
// handler is http.DefaultServeMux, as it is to net/http.
func Handler(h http.Handler) http.Handler {
	if process.Off() || recorded(h) {
		return h
	}
	registerServer()
	return &outermost{h}
}

var wrapping sync.Mutex

// instrumented wraps the handler of a server, which may be served from several goroutines.
func instrumented(srv *http.Server) *http.Server {
	wrapping.Lock()
	defer wrapping.Unlock()
	if !process.Off() && !recorded(srv.Handler) {
		srv.Handler = Handler(srv.Handler)
	}
	return srv
}

// server is the site of all requests that reach the program through the functions here.
var server = Site{Site: runtimehooks.Site{
	Function: "net/http.Server",
	Name:     "net/http.Server",
	Aspects:  runtimehooks.Aspects{Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}},
}}

// registerServer makes the site known once there is a server.
var registerServer = sync.OnceFunc(func() { runtimehooks.Register(&server.Site) })

// outermost is the handler of a server.
type outermost struct{ next http.Handler }

func (h *outermost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	next := h.next
	if next == nil {
		next = http.DefaultServeMux
	}
	if routedToOtelhttp(next, r) {
		next.ServeHTTP(w, r)
		return
	}
	call := server.Call()
	w, r = call.Enter(w, r)
	defer call.Exit()
	next.ServeHTTP(w, r)
}

// Unwrap returns the handler that the program gave the server.
func (h *outermost) Unwrap() http.Handler { return h.next }
