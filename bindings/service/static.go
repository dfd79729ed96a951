package service

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// static is a connection to known addresses.
type static struct{ *transport }

func openHTTP(target bindings.Target) (bindings.Conn, error) {
	t, err := newTransport(target)
	if err != nil {
		return nil, err
	}
	var all []*address
	bases := []string{target.URL.Host}
	if also := target.Options["also"]; also != "" {
		bases = append(bases, strings.Split(also, ",")...)
	}
	for _, host := range bases {
		a, err := parseAddress(target.URL.Scheme + "://" + strings.TrimSpace(host) + target.URL.EscapedPath())
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	t.addresses = newAddresses(all...)
	return static{t}, nil
}

// parseAddress parses the URL of a process that serves.
func parseAddress(text string) (*address, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("parse address %q: %w", text, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("parse address %q: it must be a URL such as http://host:8080", text)
	}
	a := &address{base: strings.TrimRight(u.String(), "/"), host: u.Hostname(), port: u.Port()}
	if a.port == "" {
		a.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return a, nil
}

// Ping implements [bindings.Conn]. It connects, and asks nothing.
func (s static) Ping(ctx context.Context) error { return s.ping(ctx) }

// Close implements [bindings.Conn].
func (s static) Close(context.Context) error { s.close(); return nil }

// OpenService implements [Opener].
func (s static) OpenService(context.Context, *bindings.Platform, *bindings.Link) (Caller, error) {
	return s.transport, nil
}
