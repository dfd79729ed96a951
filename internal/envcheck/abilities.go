package envcheck

import (
	"fmt"
	"slices"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/bindings"
)

// abilities reports calls that a provider cannot do, and a lifetime in the environment that it cannot keep.
func (e *opened) abilities() {
	for _, ask := range e.check.Uses.Asks {
		if !e.check.isSelected(ask.Package) {
			continue
		}
		for _, name := range ask.Names {
			switch {
			case !ask.Soft:
				e.ability(ask, name)
			case ask.Ability == "ordered":
				e.ordered(ask, name)
			}
		}
	}
	for _, n := range e.check.selected() {
		entry := e.byName[n.name]
		if _, lives := entry.options["ttl"]; n.kind != string(bindings.KV) || !lives || e.broken[n.name] {
			continue
		}
		kind, ok := entry.kind(n.kind)
		if !ok {
			continue
		}
		ttl, has := kind.Ability("ttl")
		switch {
		case !has:
			e.add(entry.pos, n.name, n.kind, e.check.having(n.kind, "ttl"),
				"%s must not have the option ttl: %s has no time to live", n.name, entry.provider.Name)
		case ttl.Needs.For(entry.url.Scheme) != "":
			e.note(entry.pos, n.name, n.kind, "%s (kv) needs %s for its option ttl", n.name, ttl.Needs.For(entry.url.Scheme))
		}
	}
}

// ability reports what a call cannot do with one binding of the environment.
func (e *opened) ability(ask analysis.Ask, name string) {
	entry := e.byName[name]
	kind, ok := entry.kind(ask.Kind)
	if !ok || e.broken[name] {
		return // told, or not known
	}
	may := ""
	if ask.Type != "" {
		may = fmt.Sprintf("; the source does not tell which %s this is, and it may be that one", ask.Type)
	}
	ability, has := kind.Ability(ask.Ability)
	needs := ability.Needs.For(entry.url.Scheme)
	switch {
	case has && needs == "":
	case has:
		e.note(ask.Pos, name, ask.Kind, "%s needs %s of %s (%s), which %s of %s has if it is %s%s",
			ask.Call, ask.Ability, name, ask.Kind, entry.provider.Name, e.shown(), needs, may)
	case ask.Asked:
		e.note(ask.Pos, name, ask.Kind, "%s needs %s of %s (%s), which %s of %s does not have; the function looks at the abilities%s",
			ask.Call, ask.Ability, name, ask.Kind, entry.provider.Name, e.shown(), may)
	default:
		e.add(ask.Pos, name, ask.Kind, e.check.having(ask.Kind, ask.Ability),
			"%s needs %s of %s (%s), which %s of %s does not have%s", ask.Call, ask.Ability, name, ask.Kind, entry.provider.Name, e.shown(), may)
	}
}

// ordered notes that revisions are compared which do not only grow.
func (e *opened) ordered(ask analysis.Ask, name string) {
	entry := e.byName[name]
	kind, ok := entry.kind(ask.Kind)
	if _, has := kind.Ability(ask.Ability); ok && !has && !e.broken[name] {
		e.note(ask.Pos, name, ask.Kind, "%s compares revisions, which may be those of %s (kv), and %s of %s does not let them only grow: they are no fencing tokens there",
			ask.Call, name, entry.provider.Name, e.shown())
	}
}

// having is the remedy for a provider that lacks an ability.
func (c *checker) having(kind, ability string) string {
	names := c.known.Of(bindings.Kind(kind), ability)
	if len(names) == 0 && ability == "signed-url" {
		return "no provider signs URLs by itself: open the bucket with blob.Open and blob.Wrap, and let blob.NewSigning sign them"
	}
	return "providers of " + kind + " that have it: " + list(names)
}

// tenants reports entries that contradict what the program says of tenants.
func (e *opened) tenants() {
	for _, n := range e.check.selected() {
		entry, ok := e.byName[n.name]
		if !ok || e.broken[n.name] {
			continue
		}
		apart, said := entry.perTenant()
		switch {
		case n.tenants && said && !apart:
			e.add(entry.pos, n.name, n.kind, "remove the option: the field decides", "%s must not have tenants: false, because %s keeps tenants apart whatever the environment says",
				n.name, e.check.shown(n.pos))
		case n.shared && apart:
			e.add(entry.pos, n.name, n.kind, "make the field a sqldb.Tenants, or remove the option",
				"%s must not have tenants: true, because %s is a *sql.DB, which cannot tell them apart", n.name, e.check.shown(n.pos))
		}
	}
	for _, name := range e.secretsOfOthers() {
		if apart, _ := e.byName[name].perTenant(); apart {
			e.add(e.byName[name].pos, name, string(bindings.Secret), "remove the option", "%s must not have tenants: true, because another entry refers to it as a secret", name)
		}
	}
}

// secretsOfOthers returns the names of entries that others refer to as secrets, sorted.
func (e *opened) secretsOfOthers() (names []string) {
	for _, n := range e.byName {
		for _, v := range n.Options {
			if _, ok := e.byName[v.Secret]; ok {
				names = append(names, v.Secret)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
