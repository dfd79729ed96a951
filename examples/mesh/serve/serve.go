// Package serve has the services of the mesh serve until they are told to stop.
package serve

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long requests may take to finish once a service has been told to stop.
const grace = 10 * time.Second

// Signals returns a context that ends when the process is told to stop.
func Signals() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
}

// HTTP serves a handler at an address until the context ends, and then lets requests under way
// finish. It says on log where it serves.
func HTTP(ctx context.Context, name, addr string, handler http.Handler, log io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(log, "%s: serving on http://%s\n", name, listener.Addr())

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return server.Shutdown(last)
}
