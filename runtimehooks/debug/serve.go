package debug

import (
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Path is where [Serve] has the page.
const Path = "/debug/instrument/"

// Serve serves the page on an address of its own, "localhost:6060", as long as the process lives.
// An address without a host is this machine's alone: "0.0.0.0:6060" lets others come. The page
// answers to the host of the address as to those of [Host]. Generated main packages call Serve for
// the directive //instrument:debug. Where the address cannot be had, the error is logged: a program
// must not fail for its page. It reports whether the page is served.
func Serve(address string, options ...Option) bool {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil: // which Listen says better
	case host == "":
		address = net.JoinHostPort("localhost", port)
	default:
		options = append(options, Host(host))
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		slog.Error("state page is not served", "error", err)
		return false
	}
	if a, ok := listener.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		slog.Warn("state page is served to other machines", "address", address)
	}
	mux := http.NewServeMux()
	mux.Handle(Path, Handler(options...))
	mux.Handle("GET /{$}", http.RedirectHandler(Path, http.StatusFound))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	slog.Info("state page is served", "address", "http://"+listener.Addr().String()+Path)
	go func() {
		if err := server.Serve(listener); err != nil {
			slog.Error("state page is not served any more", "error", err)
		}
	}()
	return true
}
