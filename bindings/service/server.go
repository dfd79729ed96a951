package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// headerTime bounds how long a client may take to send the headers of a request.
const headerTime = 10 * time.Second

// ServeOption is an option of [Serve].
type ServeOption func(*Server)

// Linger lets the server go on for a while after the platform begins to close, asking clients to
// close their connections, while whoever sends them learns of it, such as a load balancer that
// looks at readiness. The default is not at all; clients of a registry are waited for in any case,
// see [LeaveIn].
func Linger(d time.Duration) ServeOption { return func(s *Server) { s.linger = d } }

// Server serves HTTP from when the platform starts until it is closed.
type Server struct {
	listener net.Listener
	server   http.Server
	linger   time.Duration
	served   chan error    // what Serve returned
	shut     chan struct{} // closed when no request is under way any more
	err      error         // of the end
}

// Serve listens at an address, such as ":8080", and serves a handler there once the platform
// starts. When the platform closes it takes no more connections, and requests under way end before
// the stores are closed. It fails if it cannot listen.
func Serve(ctx context.Context, p *bindings.Platform, address string, handler http.Handler, options ...ServeOption) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	s := &Server{listener: listener, served: make(chan error, 1), shut: make(chan struct{})}
	s.server = http.Server{Handler: leaving{p, handler}, ReadHeaderTimeout: headerTime,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn)}
	for _, o := range options {
		o(s)
	}
	what := "server at " + listener.Addr().String()
	p.OnClose(bindings.StageConsume, what, func(ctx context.Context) error {
		pause(ctx, s.linger)
		go s.shutdown(ctx)
		return nil
	})
	p.OnClose(bindings.StageFinish, what, func(context.Context) error { <-s.shut; return s.err })
	err = p.OnStart(ctx, what, func(context.Context) error {
		go func() { s.served <- s.server.Serve(listener) }()
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// Addr returns where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// shutdown ends the server: when requests under way have ended, or at once when ctx ends.
func (s *Server) shutdown(ctx context.Context) {
	defer close(s.shut)
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("wait for requests: %w", err), s.server.Close())
	}
	if failed := s.listener.Close(); failed != nil && !errors.Is(failed, net.ErrClosed) { // which Shutdown does only if it was served
		err = errors.Join(err, failed)
	}
	select {
	case failed := <-s.served:
		if !errors.Is(failed, http.ErrServerClosed) {
			err = errors.Join(err, failed)
		}
	default: // never started
	}
	s.err = err
}

// leaving asks clients of a closing platform to close their connections: one that the server closes
// while it is idle may have a call on its way.
type leaving struct {
	platform *bindings.Platform
	http.Handler
}

// ServeHTTP implements [http.Handler].
func (l leaving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.platform.Running() != nil {
		w.Header().Set("Connection", "close")
	}
	l.Handler.ServeHTTP(w, r)
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
