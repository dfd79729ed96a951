package analysis

import (
	"cmp"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// group is an aspect's place among the built-in ones. Aspects of one group may change places; groups may not, each for the
// reason that whyOutside gives.
func group(name string) int {
	switch name {
	case "recover":
		return 0
	case "trace", "metrics", "log":
		return 1
	case "timeout":
		return 2
	case "retry":
		return 3
	case "breaker":
		return 4
	}
	return 5 // custom advice
}

// whyOutside says why the aspects of a group stand outside those of later groups.
var whyOutside = [...]string{
	"what stands outside recover would meet the panic itself",
	"a call must be observed once, with its final outcome",
	"the deadline bounds all attempts together",
	"each attempt needs a permit of its own: one breaker permit must not stand for several calls",
	"custom advice runs next to the body",
}

// orderName is one name in aspects.Order.
type orderName struct {
	name string
	pos  token.Position
}

// checkOrder checks, when all rule files are read, that each name in the order is an aspect, is there once, and stands outside
// what it must be outside of.
func (p *Program) checkOrder() {
	names := append(aspects.DefaultOrder(), slices.Collect(maps.Keys(p.rules.custom))...)
	slices.Sort(names)
	var known []orderName
	for _, n := range p.rules.order {
		switch {
		case !slices.Contains(names, n.name) && p.unread: // it may be in a rule file with an error
		case !slices.Contains(names, n.name):
			p.diags.add(n.pos, cmp.Or(Suggest(n.name, names), "there are "+strings.Join(names, ", ")), "order must name aspects, not %q", n.name)
		case slices.ContainsFunc(known, func(k orderName) bool { return k.name == n.name }):
			p.diags.add(n.pos, "remove one", "order must name %q once", n.name)
		default:
			known = append(known, n)
		}
	}
	p.rules.order = known
	for i, outer := range known {
		for _, inner := range known[i+1:] {
			if group(outer.name) > group(inner.name) {
				p.diags.add(inner.pos, "change places", "order must have %s outside %s: %s", inner.name, outer.name, whyOutside[group(inner.name)])
				return
			}
		}
	}
}

// rank returns an aspect's place in the order, smaller is further out, and whether the place is declared.
func (p *Program) rank(name string) (int, bool) {
	declared := slices.IndexFunc(p.rules.order, func(n orderName) bool { return n.name == name })
	index := declared
	if index < 0 {
		index = 1000 + slices.Index(aspects.DefaultOrder(), name)
		if group(name) == 5 {
			return group(name)*10000 + index, false
		}
		// Among trace, metrics and log, those that Order does not list follow those that it does.
	}
	return group(name)*10000 + index, declared >= 0 || group(name) < 5
}

// sort puts a function's aspects in order. Two custom advices that meet must have a declared order.
func (p *Program) sort(f *function, want []*wanted) {
	var loose *wanted
	for _, w := range want {
		if _, declared := p.rank(w.name); declared {
			continue
		}
		if custom := countCustom(want); custom > 1 && loose == nil {
			loose = w
		}
	}
	if loose != nil {
		var names []string
		for _, w := range want {
			if w.advice != nil {
				names = append(names, w.name)
			}
		}
		slices.Sort(names)
		hint := `add aspects.Order("` + strings.Join(names, `", "`) + `") to the rule file`
		if p.rules.orderPos.IsValid() {
			hint = "name them all in aspects.Order"
		}
		p.diags.add(f.pos(), hint, "custom advice %s meet on %s and must have a declared order", strings.Join(names, " and "), f.key)
	}
	slices.SortStableFunc(want, func(a, b *wanted) int {
		ra, _ := p.rank(a.name)
		rb, _ := p.rank(b.name)
		return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(a.name, b.name))
	})
}

func countCustom(want []*wanted) (n int) {
	for _, w := range want {
		if w.advice != nil {
			n++
		}
	}
	return n
}
