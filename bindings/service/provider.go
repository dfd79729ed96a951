package service

import (
	"context"
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
	switch target.URL.Scheme {
	case "local":
		return local{}, nil
	case "registry":
		return openRegistry(target)
	}
	return openHTTP(target)
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

// Ping implements [bindings.Conn].
func (local) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (local) Close(context.Context) error { return nil }

// OpenService implements [Opener].
func (local) OpenService(context.Context, *bindings.Platform, *bindings.Link) (Caller, error) {
	return nil, nil
}
