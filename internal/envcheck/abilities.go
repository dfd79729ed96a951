package envcheck

import (
	"fmt"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
)

// abilities reports calls that need an ability which a provider does not have.
func (e *fileCheck) abilities() {
	for _, ask := range e.Uses.Asks {
		if !e.isSelected(ask.Package) {
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
}

// lifetimes reports the option ttl on entries whose provider has no time to live.
func (e *fileCheck) lifetimes() {
	for n, entry := range e.bound() {
		kind, ok := entry.kind(n.kind)
		if _, lives := entry.options["ttl"]; n.kind != string(bindings.KV) || !lives || !ok {
			continue
		}
		ttl, has := kind.Ability("ttl")
		needs := ttl.Needs.For(entry.url.Scheme)
		switch {
		case !has:
			e.add(entry.pos, n.name, n.kind, e.having(n.kind, "ttl"),
				"%s must not have the option ttl: %s has no time to live", n.name, entry.provider.Name)
		case needs != "":
			e.note(entry.pos, n.name, n.kind, "%s (kv) needs %s for its option ttl", n.name, needs)
		}
	}
}

// ability reports an ability that a call needs but the provider of one binding does not have.
func (e *fileCheck) ability(ask plan.Ask, name string) {
	entry := e.byName[name]
	kind, ok := e.kindOf(name, ask.Kind)
	if !ok {
		return // reported already, or not known
	}
	may := ""
	if ask.Type != "" {
		may = fmt.Sprintf("; the source does not say which %s this is, and it may be that one", ask.Type)
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
		e.add(ask.Pos, name, ask.Kind, e.having(ask.Kind, ask.Ability),
			"%s needs %s of %s (%s), which %s of %s does not have%s", ask.Call, ask.Ability, name, ask.Kind, entry.provider.Name, e.shown(), may)
	}
}

// ordered notes a comparison of revisions if they do not only grow.
func (e *fileCheck) ordered(ask plan.Ask, name string) {
	kind, ok := e.kindOf(name, ask.Kind)
	if _, has := kind.Ability(ask.Ability); ok && !has {
		e.note(ask.Pos, name, ask.Kind,
			"%s compares revisions, which may be those of %s (kv), and those of %s in %s do not only grow: they are not fencing tokens there",
			ask.Call, name, e.byName[name].provider.Name, e.shown())
	}
}

// having returns the hint for a provider that lacks an ability.
func (c *checker) having(kind, ability string) string {
	names := c.known.Of(bindings.Kind(kind), ability)
	if len(names) == 0 && ability == "signed-url" {
		return "no provider signs URLs by itself: open the bucket with blob.Open and blob.Wrap, and let blob.NewSigning sign them"
	}
	return "providers of " + kind + " that have it: " + list(names)
}
