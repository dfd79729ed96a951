package envcheck

import (
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
)

// topics notes subscriptions that no message may ever reach: another program publishes the topic,
// and the two namespaces differ unless the entry sets one or the programs agree on one.
func (e *fileCheck) topics() {
	for _, sub := range e.selected() {
		entry, ok := e.byName[sub.name]
		if !strings.HasPrefix(sub.what, "subscription") || !ok || entry.options["namespace"] != "" {
			continue
		}
		var publishers []string
		near := false
		for _, pub := range e.needs {
			if pub.kind != string(bindings.Topic) || pub.name != sub.name || strings.HasPrefix(pub.what, "subscription") {
				continue
			}
			near = near || namespaceOf(pub.pkg) == namespaceOf(sub.pkg) || !e.inOtherPrograms(pub.pkg, sub.pkg)
			publishers = append(publishers, pub.pkg)
		}
		if len(publishers) > 0 && !near {
			slices.Sort(publishers)
			first := namespaceOf(publishers[0])
			e.note(sub.pos, sub.name, sub.kind,
				"%s is published by %s, in another program: the namespaces of the two differ unless both set the same, "+
					"or the entry in %s says namespace: %s",
				sub.name, strings.Join(slices.Compact(publishers), ", "), e.shown(), first)
		}
	}
}

// inOtherPrograms reports whether the structs of two packages are both bound by programs, but never
// by the same one.
func (c *checker) inOtherPrograms(a, b string) bool {
	hasA, hasB := false, false
	for _, m := range c.Mains {
		inA, inB := c.binds(m, a), c.binds(m, b)
		if inA && inB {
			return false
		}
		hasA, hasB = hasA || inA, hasB || inB
	}
	return hasA && hasB
}

// binds reports whether a program binds a struct of a package.
func (c *checker) binds(m plan.Main, pkg string) bool {
	return slices.ContainsFunc(c.Uses.Binds, func(b plan.BindCall) bool { return b.Bind == pkg && slices.Contains(m.Packages, b.Package) })
}
