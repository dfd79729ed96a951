package envcheck

import (
	"errors"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// entries reports what is wrong with the entries by themselves: URLs, options and the secrets that
// they refer to, as bindings.Open does before it opens anything. It notes entries of providers that
// nobody has declared.
func (e *fileCheck) entries() {
	env := e.Environment.Environment
	env.Namespace = "check" // the program sets it
	env.Bindings, env.Needs = nil, e.databases()
	foreign := map[string]*bindings.Provider{}
	for _, b := range e.Bindings {
		n, ok := e.byName[b.Name]
		if scheme := n.url.Scheme; ok && scheme != "" && !n.known {
			if hint := e.misspelt(scheme); hint != "" {
				e.broken[b.Name] = true
				e.add(n.pos, b.Name, "", hint, "%s must be of a known provider, and none takes %q", b.Name, scheme+":")
				continue
			}
			e.note(n.pos, b.Name, "", "%s is not checked: no provider of this project takes %q, and no linked package has a %s that does",
				b.Name, scheme+":", provider.FileName)
			accept(foreign, scheme, n)
		}
		env.Bindings = append(env.Bindings, b)
	}
	providers := slices.Collect(maps.Values(foreign))
	for _, d := range e.known {
		providers = append(providers, d.Provider(nil))
	}
	var problems bindings.Problems
	if !errors.As(bindings.Check(env, providers...), &problems) {
		return
	}
	for _, p := range problems {
		if e.misspeltSecret(p) {
			continue
		}
		text := cause(p.Err).Error()
		e.add(e.at(p.Position), p.Binding, "", e.byName[p.Binding].optionHint(text), "%s: %s", p.Binding, text)
	}
}

// databases returns the needs of kind sql whose entry names a provider of databases. bindings.Check
// has to know them, because that kind cannot have policies.
func (e *fileCheck) databases() (needs []bindings.Need) {
	for _, n := range e.selected() {
		entry, ok := e.byName[n.name]
		if _, provides := entry.kind(n.kind); n.kind == string(bindings.SQL) && ok && provides {
			needs = append(needs, bindings.Need{Name: n.name, Kind: bindings.SQL})
		}
	}
	return needs
}

// misspeltSecret reports whether a problem is about a secret whose entry was left out because its
// scheme is misspelt.
func (e *fileCheck) misspeltSecret(p bindings.Problem) bool {
	for _, v := range e.byName[p.Binding].Options {
		if _, there := e.byName[v.Secret]; v.Secret != "" && there && e.broken[v.Secret] {
			return true
		}
	}
	return false
}

// cause returns what a problem says after "open carts: ".
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// accept returns a provider that takes all options of the given entries, for a provider that nobody
// has declared.
func accept(foreign map[string]*bindings.Provider, scheme string, n entry) {
	p := foreign[scheme]
	if p == nil {
		p = &bindings.Provider{Name: scheme, Schemes: []string{scheme}, Kinds: []bindings.Kind{bindings.Secret}}
		foreign[scheme] = p
	}
	for name := range n.options {
		p.Options = append(p.Options, bindings.Option{Name: name})
	}
	for name := range n.Options { // secrets among them
		p.Options = append(p.Options, bindings.Option{Name: name})
	}
}

// misspelt returns a hint for a scheme that is nearly a known one. Short schemes are close to many,
// and more likely belong to another provider.
func (c *checker) misspelt(scheme string) string {
	if len(scheme) < 4 {
		return ""
	}
	var schemes []string
	for _, p := range c.known {
		schemes = append(schemes, p.Schemes...)
	}
	return suggest.DidYouMean(scheme, schemes)
}
