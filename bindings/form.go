package bindings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// URLForm is what the URLs of some schemes look like. A part of a URL that the form does not have is
// refused, because a provider that overlooked it would go where nobody meant.
type URLForm struct {
	Schemes []string // that it is of; nil for all of the provider
	Example string   // which messages show: "redis://cache.internal:6379/0"
	Host    Presence // of a host, with or without port
	Hosts   bool     // there may be several hosts, separated by commas
	Path    Presence // of a path, or of what follows the colon where there is no host
	Number  bool     // the path is a number
	User    bool     // there may be a user and a password
}

// Presence says whether a part of a URL must be there.
type Presence int

// The zero value is that the part must not be there.
const (
	Absent Presence = iota
	Optional
	Required
)

// hostName is what a host may be: a name, or an address, where letters of other alphabets than
// ASCII may be part of a name.
var hostName = regexp.MustCompile(`^([A-Za-z0-9._\-\x{80}-\x{10FFFF}]+|\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._~\-]+)?\])(:[0-9]+)?$`)

// variable is what looks like a variable in a text.
var variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*(:?[-+?][^}]*)?\}`)

// noVariable refuses a text with a variable, which somebody expects to be replaced.
func noVariable(what, text string) error {
	if found := variable.FindString(text); found != "" {
		return fmt.Errorf("%s must not have the variable %s: nothing replaces it (write what is different in another file, or a secret as {secret: name} with name: env:VARIABLE)",
			what, found)
	}
	return nil
}

// parseURL parses the URL of a binding, without its query, and returns the hosts of its list that
// come after the first. Errors do not show what may be a password.
func parseURL(text string) (u *url.URL, more []string, query string, err error) {
	if err := noVariable("the url", text); err != nil {
		return nil, nil, "", err
	}
	text, more = splitHosts(text)
	if u, err = url.Parse(text); err != nil {
		return nil, nil, "", unparsable(err)
	}
	if u.Fragment != "" {
		return nil, nil, "", fmt.Errorf("the url must not have a #: write it as %%23")
	}
	query, u.RawQuery, u.ForceQuery = u.RawQuery, "", false
	return u, more, query, nil
}

// unparsable returns why a URL cannot be parsed, without what package url quotes: where a password
// has a / or an @, the rest of it is among that.
func unparsable(err error) error {
	if e, ok := err.(*url.Error); ok {
		err = e.Err
	}
	what, _, _ := strings.Cut(err.Error(), ` "`)
	return fmt.Errorf("parse url: %s (in a user or a password, write %%40 for @, %%2F for /, %%3A for : and %%23 for #)", what)
}

// splitHosts takes the hosts after the first out of a URL's list of them, which package url cannot
// parse.
func splitHosts(text string) (one string, more []string) {
	head, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text, nil
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	begin := strings.LastIndexByte(rest[:end], '@') + 1
	hosts := strings.Split(rest[begin:end], ",")
	return head + "://" + rest[:begin] + hosts[0] + rest[end:], hosts[1:]
}

// form returns what URLs with a scheme look like, nil if the provider does not say.
func (p *Provider) form(scheme string) *URLForm {
	for i, f := range p.URLs {
		if f.Schemes == nil || slices.Contains(f.Schemes, scheme) {
			return &p.URLs[i]
		}
	}
	return nil
}

// check reports whether a URL has the form. more are its hosts after the first.
func (f *URLForm) check(u *url.URL, more []string) error {
	must := func(format string, args ...any) error {
		return fmt.Errorf("the url must %s: write it as %s", fmt.Sprintf(format, args...), f.Example)
	}
	path := strings.TrimPrefix(u.Path, "/")
	if f.Host == Absent {
		path = u.Opaque + u.Path
	}
	switch {
	case f.Host != Absent && u.Opaque != "":
		return must("have // after %s:", u.Scheme)
	case f.Host == Required && u.Host == "":
		return must("have a host")
	case f.Host == Absent && u.Host != "":
		return must("have no host, which it has after //")
	case !f.User && u.User != nil:
		return must("have neither user nor password, where a token is an option")
	case !f.Hosts && len(more) > 0:
		return must("have one host")
	case f.Path == Required && path == "":
		return must("have a path")
	case f.Path == Absent && path != "":
		return must("have no path")
	}
	if f.Number && path != "" {
		if _, err := strconv.ParseUint(path, 10, 31); err != nil {
			return must("have a number as its path")
		}
	}
	if u.Host == "" {
		return nil
	}
	for _, host := range append([]string{u.Host}, more...) {
		if err := checkHost(host); err != nil && strings.Contains(u.Path, "@") { // it may be a password
			return must("have hosts, and its user and password with %%40 for @ and %%2F for /")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// checkHost reports whether a text is a host, with or without port.
func checkHost(host string) error {
	if !hostName.MatchString(host) {
		return fmt.Errorf("the url must have hosts such as db.internal or db.internal:1234, which %q is not", host)
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if port, err := strconv.ParseUint(host[i+1:], 10, 16); err != nil || port == 0 {
			return fmt.Errorf("the port of %q must be from 1 to 65535", host)
		}
	}
	return nil
}
