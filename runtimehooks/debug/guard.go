package debug

import (
	"net"
	"net/netip"
	"strings"
)

// A page of another site can have a browser ask this one under that site's own name, once its name
// server answers with an address of this machine: DNS rebinding. To the browser that is one origin,
// so that it reads the answers and sends the buttons' forms. Only the name that it asked for shows
// it. So a request must name a host that nobody else's name server answers for: localhost, an
// address, which is no name, or a name that the program says is its own.

// Host has the page answer to requests for these host names too, beside localhost and addresses. A
// port of theirs does not count.
func Host(names ...string) Option {
	return func(h *handler) {
		for _, name := range names {
			h.hosts[hostname(name)] = true
		}
	}
}

// answersTo reports whether the page answers to requests for the host, as the header has it. One
// without a host comes from no browser.
func (h *handler) answersTo(host string) bool {
	name := hostname(host)
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || h.hosts[name] {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

// hostname returns a host without its port, as it is compared.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
