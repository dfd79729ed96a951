package grpchooks

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// targetAddress returns the server that a connection's target names: of "dns:///orders:8080" it is
// "orders" and 8080, of a scheme whose endpoints are no addresses, such as "xds:///orders", the
// endpoint. The port is 0 where there is none.
func targetAddress(target string) (host string, port int) {
	u, err := url.Parse(target)
	if err != nil {
		return target, 0
	}
	endpoint := u.Opaque
	if endpoint == "" {
		endpoint = u.Path
	}
	switch u.Scheme {
	case "unix", "unix-abstract":
		return endpoint, 0
	}
	return splitAddress(strings.TrimPrefix(endpoint, "/"))
}

// splitAddress returns the host and port of an address, or all of one without a port.
func splitAddress(address string) (host string, port int) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return address, 0
	}
	port, err = strconv.Atoi(text)
	if err != nil {
		return address, 0
	}
	return host, port
}
