package envcheck

import (
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// services reports entries of kind service that lead nowhere: to a registry that is not a kv
// binding, or to a service of this process that nothing provides.
func (e *fileCheck) services() {
	for n, entry := range e.bound() {
		switch {
		case n.kind != string(bindings.Service):
		case entry.url.Scheme == "registry":
			e.registry(n, entry)
		case entry.url.Scheme == "local":
			e.local(n, entry)
		}
	}
}

// registry checks registry://name/service, whose host is the logical name of a kv binding.
func (e *fileCheck) registry(n need, at entry) {
	host := at.url.Host
	addresses, ok := e.byName[host]
	_, provides := addresses.kind(string(bindings.KV))
	switch {
	case host == "" || strings.Trim(at.url.Path, "/") == "":
		e.add(at.pos, n.name, n.kind, "as in registry://registry/payments",
			"%s must name a kv binding of this file and a service in it", n.name)
	case !ok:
		e.add(at.pos, n.name, n.kind, "add "+host+": with the URL of a provider of kv",
			"%s must have its registry in this file, and there is no entry %s", n.name, host)
	case addresses.known && !provides:
		e.add(at.pos, n.name, n.kind, "give "+host+" a provider of kv",
			"%s must have a registry of kind kv, which %s of %s is not", n.name, addresses.provider.Name, host)
	}
}

// local checks that some program of the modules provides the service.
func (e *fileCheck) local(n need, at entry) {
	if n.service == nil {
		return
	}
	for _, p := range e.Uses.Provides {
		if p.Service.Path == n.service.Path && p.Service.Name == n.service.Name && (p.Name == n.name || p.Name == "") {
			return
		}
	}
	e.add(at.pos, n.name, n.kind, "call it before the platform starts, or write the URL of another process",
		"%s must be provided by this process: nothing calls %s.Provide%s for it", n.name, n.service.Pkg, n.service.Name)
}
