package analysis

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// checkNested reports retries that run inside one another, and timeouts that a sooner one always bounds. Where no two sites
// can be so, nothing is type-checked for it.
func (p *Program) checkNested(list []*policed) {
	sites := map[funcID]*policed{}
	var retries, timeouts []*policed
	for _, s := range list {
		if !s.body {
			continue // which implementation a decorator is put around is not known
		}
		sites[s.id()] = s
		if s.attempts() > 1 {
			retries = append(retries, s)
		}
		if s.after() > 0 {
			timeouts = append(timeouts, s)
		}
	}
	graph := newCalls(p)
	if len(retries) > 1 {
		for _, outer := range retries {
			p.checkRetries(graph, outer, sites)
		}
	}
	p.checkTimeouts(graph, timeouts, sites)
}

// checkRetries reports retries in what a retried function calls. Those of errors that the outer one does not retry are no
// matter: when each has said which errors it is about, and these are not the same, they do not multiply. A function that calls
// itself is let pass: its one retry stands beside the recursion, for all to see.
func (p *Program) checkRetries(graph *calls, outer *policed, sites map[funcID]*policed) {
	retry, _ := outer.aspect("retry")
	graph.search(outer.id(), func(c call) bool { return c.fails }, func(id funcID, path []funcID) bool {
		inner := sites[id]
		if inner == nil || inner == outer || inner.attempts() < 2 {
			return true
		}
		inside, _ := inner.aspect("retry")
		if !sameErrors(retry, inside) {
			return true
		}
		p.diags.add(outer.at("retry"), "remove one, or have each retry other errors, by on= or if=", "%s must not enclose that of %s%s: up to %d × %d = %d calls",
			outer.of("retry"), p.placed(inner, outer), p.via(path), outer.attempts(), inner.attempts(), outer.attempts()*inner.attempts())
		return false
	})
}

// placed names a site with its place, for a finding about another one.
func (p *Program) placed(s, about *policed) string {
	return fmt.Sprintf("%s at %s:%d", s.shown(), filepath.ToSlash(Relative(p.graph.moduleDir(about.pkg.listed), s.pos.Filename)), s.pos.Line)
}

// via words the functions between the two ends of a path.
func (p *Program) via(path []funcID) string {
	var names []string
	for _, id := range path[1 : len(path)-1] {
		name := id.key
		if pkg := p.graph.listed[id.path]; pkg != nil && id.path != path[0].path {
			name = pkg.Name + "." + name
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return ", through " + strings.Join(names, " and ")
}

// sameErrors reports whether an error with which the inner retry gives up, and which wraps the last one, may be retried by the
// outer one. It may not where both name errors or conditions and have none in common, where the outer one excludes what the
// inner one is about, or the inner one what the outer one is about.
func sameErrors(outer, inner Aspect) bool {
	apart := func(option string) bool {
		a, b := outer.values(option), inner.values(option)
		return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(o Option) bool { return named(b, o) })
	}
	narrowed := func(a Aspect) bool { return len(a.values("on"))+len(a.values("if")) > 0 }
	switch {
	case apart("on"), narrowed(outer) && narrowed(inner) && !share(outer, inner):
		return false
	case excludes(outer, inner), excludes(inner, outer):
		return false
	}
	return true
}

// share reports whether two retries name an error or a condition in common.
func share(a, b Aspect) bool {
	return slices.ContainsFunc([]string{"on", "if"}, func(option string) bool {
		return slices.ContainsFunc(a.values(option), func(o Option) bool { return named(b.values(option), o) })
	})
}

// excludes reports whether a retry never retries what another one is about.
func excludes(a, b Aspect) bool {
	every := func(option, by string) bool {
		list := b.values(option)
		return len(list) > 0 && !slices.ContainsFunc(list, func(o Option) bool { return !named(a.values(by), o) })
	}
	return every("on", "abort") || every("if", "unless")
}

// named reports whether one of the options names what o names.
func named(list []Option, o Option) bool {
	return slices.ContainsFunc(list, func(have Option) bool {
		if have.Ref == nil || o.Ref == nil {
			return have.Value == o.Value
		}
		return *have.Ref == *o.Ref
	})
}

// checkTimeouts reports timeouts that can never end a call, because each call of their function comes from inside a shorter
// one. A timeout that is longer than one of its callers' is fine while another caller has none: it is there for that one.
func (p *Program) checkTimeouts(graph *calls, timeouts []*policed, sites map[funcID]*policed) {
	reached := map[funcID]bool{}
	for _, outer := range timeouts {
		if !slices.ContainsFunc(timeouts, func(s *policed) bool { return s.after() > outer.after() }) {
			continue
		}
		graph.search(outer.id(), func(c call) bool { return c.carries }, func(id funcID, _ []funcID) bool {
			if inner := sites[id]; inner != nil && inner.after() > outer.after() {
				reached[id] = true
			}
			return true
		})
	}
	for _, inner := range timeouts {
		if !reached[inner.id()] || inner.Entry == EntryHTTP { // a handler is called by a server
			continue
		}
		outer := graph.bounds(inner.fn, inner.after(), sites)
		if len(outer) == 0 {
			continue
		}
		longest := slices.MaxFunc(outer, func(a, b *policed) int {
			return cmp.Or(cmp.Compare(a.after(), b.after()), -strings.Compare(a.Symbol, b.Symbol))
		})
		others := ""
		if len(outer) > 1 {
			others = fmt.Sprintf(" or of %d more", len(outer)-1)
		}
		p.diags.add(inner.at("timeout"), "shorten it, or remove it", "%s must be shorter than the one around it, or it never ends a call: it has %s, and every call comes from within the %s of %s%s",
			inner.of("timeout"), canonicalDuration(inner.after()), canonicalDuration(longest.after()), p.placed(longest, inner), others)
	}
}

// search walks the calls from a function in breadth, so that a path is a shortest one. visit gets each function that is
// reached once, with the path to it, both ends included; it says whether to go on below it.
func (c *calls) search(from funcID, follow func(call) bool, visit func(id funcID, path []funcID) bool) {
	before := map[funcID]funcID{}
	for work := []funcID{from}; len(work) > 0; work = work[1:] {
		b := c.bodies(work[0].path)
		if b == nil {
			continue
		}
		for _, call := range b.funcs[work[0]] {
			to, ok := c.target(call)
			if _, seen := before[to]; !ok || seen || !follow(call) {
				continue
			}
			before[to] = work[0]
			path := []funcID{to}
			for id := work[0]; id != from; id = before[id] {
				path = append(path, id)
			}
			path = append(path, from)
			slices.Reverse(path)
			if visit(to, path) && to != from {
				work = append(work, to)
			}
		}
	}
}
