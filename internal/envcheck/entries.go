package envcheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// entries reports what is wrong with the entries alone: URLs, options and the secrets that they refer to, as bindings.Open would
// before it opens anything. What leads to a provider that nobody has declared is noted.
func (e *opened) entries() {
	env := e.Environment.Environment
	env.Namespace = "check" // the program's to set
	env.Bindings, env.Needs = nil, e.databases()
	foreign := map[string]*bindings.Provider{}
	for _, b := range e.Bindings {
		n, ok := e.byName[b.Name]
		if scheme := n.url.Scheme; ok && scheme != "" && !n.known {
			if hint := e.check.misspelt(scheme); hint != "" {
				e.broken[b.Name] = true
				e.add(n.pos, b.Name, "", hint, "%s must be of a provider that there is, and none takes %q", b.Name, scheme+":")
				continue
			}
			e.note(n.pos, b.Name, "", "%s is not checked: no provider of this project takes %q, and no linked package has a %s that does",
				b.Name, scheme+":", provider.FileName)
			accept(foreign, scheme, n)
		}
		env.Bindings = append(env.Bindings, b)
	}
	providers := slices.Collect(maps.Values(foreign))
	for _, d := range e.check.known {
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

// optionHint lists the options that there are, for a text that tells of one that there is not and has no better remedy.
func (n entry) optionHint(text string) string {
	if !strings.Contains(text, "has no option") || strings.HasSuffix(text, ")") {
		return ""
	}
	names := func(options []bindings.Option) (names []string) {
		for _, o := range options {
			names = append(names, o.Name)
		}
		return names
	}
	return "options of " + n.provider.Name + ": " + list(names(n.provider.Options)) + "; of every binding: " + list(names(bindings.CommonOptions()))
}

// databases are the needs of kind sql that have an entry of a provider for that: whether a policy can be has to do with the kind.
func (e *opened) databases() (needs []bindings.Need) {
	for _, n := range e.check.selected() {
		entry, ok := e.byName[n.name]
		if _, provides := entry.kind(n.kind); n.kind == string(bindings.SQL) && ok && provides {
			needs = append(needs, bindings.Need{Name: n.name, Kind: bindings.SQL})
		}
	}
	return needs
}

// misspeltSecret reports whether a problem is about a secret that has an entry, which was left out because of its scheme.
func (e *opened) misspeltSecret(p bindings.Problem) bool {
	for _, v := range e.byName[p.Binding].Options {
		if _, there := e.byName[v.Secret]; v.Secret != "" && there && e.broken[v.Secret] {
			return true
		}
	}
	return false
}

// cause is what a problem says after "open carts: ".
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// accept lets a provider of somebody else take what its entries have.
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

// misspelt returns a remedy for a scheme that is nearly a known one. The short ones of others are near to many.
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

// unreadable reports whether the file is none of bindings, so that what it was to have is not known.
func (e *opened) unreadable() bool { return e.broken[""] && len(e.byName) == 0 }

// missing reports what the program asks for and the environment does not have.
func (e *opened) missing() {
	if e.unreadable() {
		return
	}
	for _, n := range e.check.selected() {
		if _, ok := e.byName[n.name]; ok || e.broken[n.name] {
			continue
		}
		hint := fmt.Sprintf("add %s: with the URL of a provider of %s: %s", n.name, n.kind, list(e.check.known.Of(bindings.Kind(n.kind), "")))
		if near := suggest.DidYouMean(n.name, e.unboundNames()); near != "" {
			hint = near
		}
		e.add(n.pos, n.name, n.kind, hint, "%s %s (%s) must have an entry in %s", n.what, n.name, n.kind, e.shown())
	}
}

// unboundNames returns the names of entries that nothing asks for.
func (e *opened) unboundNames() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(e.byName)) {
		if !slices.ContainsFunc(e.check.needs, func(n need) bool { return n.name == name }) {
			names = append(names, name)
		}
	}
	return names
}

// kinds reports entries whose provider does not provide what the program uses them as.
func (e *opened) kinds() {
	for _, n := range e.check.selected() {
		entry, ok := e.byName[n.name]
		if !ok || !entry.known || e.broken[n.name] {
			continue
		}
		kind, ok := entry.kind(n.kind)
		if !ok {
			e.add(entry.pos, n.name, n.kind, "providers of "+n.kind+": "+list(e.check.known.Of(bindings.Kind(n.kind), "")),
				"%s must be of a provider of %s, which %s is not: %s uses it so", n.name, n.kind, entry.provider.Name, e.check.shown(n.pos))
			continue
		}
		if needs := kind.Needs.For(entry.url.Scheme); needs != "" {
			e.note(entry.pos, n.name, n.kind, "%s (%s) needs %s", n.name, n.kind, needs)
		}
	}
}

// unused reports entries that nothing asks for and no other entry refers to. Where the check is about some packages only, or a
// binding is opened by a name that the source does not tell, they may well be used; so they may where planning found something, as
// a struct with a mistake has no bindings.
func (e *opened) unused() {
	if !e.check.Whole || len(e.check.Found) > 0 {
		return
	}
	referred := map[string]bool{}
	for _, n := range e.byName {
		for _, v := range n.Options {
			referred[v.Secret] = true
		}
		if n.url.Scheme == "registry" {
			referred[n.url.Host] = true
		}
	}
	hidden := slices.IndexFunc(e.check.Uses.Opens, func(o analysis.Opened) bool { return o.Name == "" })
	for _, name := range e.unboundNames() {
		switch n := e.byName[name]; {
		case referred[name]:
		case hidden >= 0:
			e.note(n.pos, name, "", "%s may be unused: nothing asks for it by that name, but %s opens a binding by a name that the source does not tell",
				name, e.check.shown(e.check.Uses.Opens[hidden].Pos))
		default:
			e.add(n.pos, name, "", "remove it, or bind it to a field of a struct that is marked //instrument:bind", "%s must be used by the program or by another entry", name)
		}
	}
}
