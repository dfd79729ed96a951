package service

import (
	"context"
	"fmt"
	"net/url"

	"github.com/instrumentgo/instrument/bindings"
)

// Provider provides services: of this process, of others at known addresses, and of others that register themselves.
var Provider = &bindings.Provider{
	Name:    "service",
	Doc:     "services of this process, and of others over HTTP and JSON",
	Schemes: []string{"http", "https", "local", "registry"},
	Kinds:   []bindings.Kind{bindings.Service},
	System:  system,
	Late:    true,
	Needs:   needs,
	Options: []bindings.Option{
		{Name: "also", Text: "of http and https: more addresses of the service, as host:port, separated by commas; default none"},
		{Name: "body", Text: "of http, https and registry: greatest size of an answer, in bytes; default 4194304, which is 4 MiB"},
		{Name: "ca", Text: "of https and registry: file with the certificates that vouch for servers, in PEM; default those of the system"},
		{Name: "poll", Text: "of registry: how often to look for instances where the store cannot watch, as a duration; default 1s"},
		{Name: "token", Text: "of http, https and registry: sent as bearer token with each call, as text or {secret: name}; default none"},
	},
	Open: open,
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
