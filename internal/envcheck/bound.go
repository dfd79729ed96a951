package envcheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// missing reports needs that have no entry in the environment.
func (e *fileCheck) missing() {
	if e.unreadable() {
		return
	}
	for _, n := range e.selected() {
		if _, ok := e.byName[n.name]; ok || e.broken[n.name] {
			continue
		}
		hint := fmt.Sprintf("add %s: with the URL of a provider of %s: %s", n.name, n.kind, list(e.known.Of(bindings.Kind(n.kind), "")))
		if near := suggest.DidYouMean(n.name, e.unboundNames()); near != "" {
			hint = near
		}
		e.add(n.pos, n.name, n.kind, hint, "%s %s (%s) must have an entry in %s", n.what, n.name, n.kind, e.shown())
	}
}

// unboundNames returns the names of entries that nothing asks for.
func (e *fileCheck) unboundNames() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(e.byName)) {
		if !slices.ContainsFunc(e.needs, func(n need) bool { return n.name == name }) {
			names = append(names, name)
		}
	}
	return names
}

// kinds reports entries whose provider does not provide the kind that the program uses them as.
func (e *fileCheck) kinds() {
	for n, entry := range e.bound() {
		if !entry.known {
			continue
		}
		kind, ok := entry.kind(n.kind)
		if !ok {
			e.add(entry.pos, n.name, n.kind, "providers of "+n.kind+": "+list(e.known.Of(bindings.Kind(n.kind), "")),
				"%s must be of a provider of %s, which %s is not: %s uses it so", n.name, n.kind, entry.provider.Name, e.line(n.pos))
			continue
		}
		if needs := kind.Needs.For(entry.url.Scheme); needs != "" {
			e.note(entry.pos, n.name, n.kind, "%s (%s) needs %s", n.name, n.kind, needs)
		}
	}
}

// unused reports entries that nothing asks for and no other entry refers to. It cannot be sure if
// only some packages are checked, if a binding is opened by a name that is not a constant, or if
// planning has findings, because a struct with a mistake has no bindings.
func (e *fileCheck) unused() {
	if !e.Whole || len(e.Found) > 0 {
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
	hidden := slices.IndexFunc(e.Uses.Opens, func(o plan.Opened) bool { return o.Name == "" })
	for _, name := range e.unboundNames() {
		switch n := e.byName[name]; {
		case referred[name]:
		case hidden >= 0:
			e.note(n.pos, name, "", "%s may be unused: nothing asks for it by that name, but %s opens a binding by a name that is not a constant",
				name, e.line(e.Uses.Opens[hidden].Pos))
		default:
			e.add(n.pos, name, "", "remove it, or bind it to a field of a struct that is marked //instrument:bind",
				"%s must be used by the program or by another entry", name)
		}
	}
}

// tenants reports entries whose option tenants contradicts the program.
func (e *fileCheck) tenants() {
	for n, entry := range e.bound() {
		apart, said := entry.perTenant()
		switch {
		case n.tenants && said && !apart:
			e.add(entry.pos, n.name, n.kind, "remove the option: the field decides",
				"%s must not have tenants: false, because %s keeps tenants apart whatever the environment says", n.name, e.line(n.pos))
		case n.shared && apart:
			e.add(entry.pos, n.name, n.kind, "make the field a sqldb.Tenants, or remove the option",
				"%s must not have tenants: true, because %s is a *sql.DB, which cannot tell them apart", n.name, e.line(n.pos))
		}
	}
	for _, name := range e.secrets() {
		entry := e.byName[name]
		if apart, _ := entry.perTenant(); apart {
			e.add(entry.pos, name, string(bindings.Secret), "remove the option",
				"%s must not have tenants: true, because another entry refers to it as a secret", name)
		}
	}
}
