package service

import (
	"context"
	"fmt"
	"net/url"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Provider provides services: of this process, of others at known addresses, and of others that
// register themselves.
var Provider = declared()

func declared() *bindings.Provider {
	p := provider.Service().Provider(open)
	p.Late, p.Needs = true, needs
	return p
}

func open(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	if target.URL.User != nil {
		return nil, fmt.Errorf("parse url: it must have neither user nor password: use the option token")
	}
	for _, name := range []string{"also", "body", "ca", "poll", "token"} {
		if _, set := target.Options[name]; set && !takes(target.URL.Scheme, name) {
			return nil, fmt.Errorf("parse option %s: %s: does not have it", name, target.URL.Scheme)
		}
	}
	switch target.URL.Scheme {
	case "local":
		return openLocal(target)
	case "registry":
		return openRegistry(target)
	}
	return openHTTP(target)
}

// takes reports whether the bindings of a scheme have an option.
func takes(scheme, option string) bool {
	switch option {
	case "also":
		return scheme == "http" || scheme == "https"
	case "ca":
		return scheme == "https" || scheme == "registry"
	case "poll":
		return scheme == "registry"
	}
	return scheme != "local"
}

// needs returns the kv binding that a registry's URL refers to.
func needs(u *url.URL) []bindings.Need {
	if u.Scheme != "registry" || u.Host == "" {
		return nil
	}
	return []bindings.Need{{Name: u.Host, Kind: bindings.KV}}
}

// local is a connection to nowhere.
type local struct{}

func openLocal(target bindings.Target) (bindings.Conn, error) {
	if target.URL.Host != "" || target.Path() != "" {
		return nil, fmt.Errorf("parse url: local: must have nothing after it: what is provided by the binding's name is meant")
	}
	return local{}, nil
}

// Ping implements [bindings.Conn].
func (local) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (local) Close(context.Context) error { return nil }

// OpenService implements [Opener].
func (local) OpenService(context.Context, *bindings.Platform, *bindings.Link) (Caller, error) {
	return nil, nil
}
