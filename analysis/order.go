package analysis

import (
	"cmp"
	"go/token"
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

func (p *Program) checkOrderName(name string, pos token.Position) {
	if _, ok := aspects.Lookup(name); ok {
		return
	}
	p.rules.orderNames = append(p.rules.orderNames, orderName{name, pos})
}

// orderName is a name in aspects.Order that must turn out to be custom advice.
type orderName struct {
	name string
	pos  token.Position
}

func (p *Program) checkOrderPairs(pos token.Position) {
	for i, outer := range p.rules.order {
		for _, inner := range p.rules.order[i+1:] {
			if group(outer) > group(inner) {
				p.diags.add(pos, "", "order must have %s outside %s: %s", inner, outer, whyOutside[group(inner)])
				return
			}
		}
	}
}

// checkOrder checks, when all rule files are read, that each name in the order is an aspect, and is there once.
func (p *Program) checkOrder() {
	for i, n := range p.rules.orderNames {
		if !p.rules.custom[n.name] {
			names := aspects.DefaultOrder()
			for c := range p.rules.custom {
				names = append(names, c)
			}
			slices.Sort(names)
			p.diags.add(n.pos, cmp.Or(suggest(n.name, names), "there are "+strings.Join(names, ", ")), "order must name aspects, not %q", n.name)
		}
		if slices.ContainsFunc(p.rules.orderNames[:i], func(m orderName) bool { return m.name == n.name }) {
			p.diags.add(n.pos, "", "order must name %q once", n.name)
		}
	}
}

// rank returns an aspect's place in the order, smaller is further out, and whether the place is declared.
func (p *Program) rank(name string) (int, bool) {
	declared := slices.Index(p.rules.order, name)
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
		p.diags.add(f.pos(), `add aspects.Order("`+strings.Join(names, `", "`)+`") to the rule file`,
			"custom advice %s meet on %s and must have a declared order", strings.Join(names, " and "), f.key)
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
