package flow

import (
	"cmp"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/calls"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// bounds returns the sites that bound every call of a function by a deadline sooner than the given
// one, or nil if there may be a call that none of them bounds. It looks for callers in all of the
// main modules, and must know them all: a function that is passed on as a value, that dependencies
// can call through an interface of theirs, or that nobody calls, may be called without a deadline.
func bounds(c *calls.Graph, fn *types.Func, after time.Duration, sites map[source.FuncID]*subject) []*subject {
	var found []*subject
	seen := map[source.FuncID]bool{source.IDOf(fn): true}
	for work := []*types.Func{fn}; len(work) > 0; work = work[1:] {
		callers, known := c.Callers(work[0])
		if !known || len(callers) == 0 {
			return nil
		}
		for _, by := range callers {
			switch s := sites[by.ID]; {
			case !by.Carries:
				return nil
			case s != nil && s.After() > 0 && s.After() < after:
				if !slices.Contains(found, s) {
					found = append(found, s)
				}
			case !seen[by.ID]:
				seen[by.ID] = true
				work = append(work, by.Func)
			}
		}
	}
	return found
}

// checkNested reports retries that run inside one another, and timeouts that a sooner one always
// bounds. If no two sites of the plan can be like that, no body is type-checked.
func checkNested(p *source.Program, list []*subject) {
	sites, called := map[source.FuncID]*subject{}, map[[2]source.FuncID]*subject{}
	var retries, timeouts []*subject
	for _, s := range list {
		if s.Call && s.Attempts() > 1 {
			retries = append(retries, s)
			if s.In != nil {
				called[[2]source.FuncID{source.IDOf(s.In), s.id()}] = s
			}
		}
		if !s.Body {
			continue // we do not know which implementation a decorator is put around
		}
		sites[s.id()] = s
		if s.Attempts() > 1 {
			retries = append(retries, s)
		}
		if s.After() > 0 {
			timeouts = append(timeouts, s)
		}
	}
	graph := calls.New(p)
	if len(retries) > 1 {
		for _, outer := range retries {
			checkRetries(p, graph, outer, sites, called)
		}
	}
	checkTimeouts(p, graph, timeouts, sites)
}

// checkRetries reports retries in what a retried function calls, because their attempts multiply.
// They do not if each retry names the errors that it retries, and the two have none in common. A
// function that calls itself is not reported: its retry is visible next to the recursion.
//
// A call site is inside the function that holds it, and around the one that it calls: called has
// those that are retried, by both.
func checkRetries(p *source.Program, graph *calls.Graph, outer *subject, sites map[source.FuncID]*subject,
	called map[[2]source.FuncID]*subject) {
	retry, _ := outer.Aspect(option.Retry)
	visit := func(id source.FuncID, path []source.FuncID) bool {
		inner := sites[id]
		if len(path) > 1 && (inner == nil || inner.Attempts() < 2) {
			inner = called[[2]source.FuncID{path[len(path)-2], id}]
		}
		if inner == nil || inner == outer || inner.Attempts() < 2 {
			return true
		}
		inside, _ := inner.Aspect(option.Retry)
		if !sameErrors(retry, inside) {
			return true
		}
		p.Findings.Add(outer.place(option.Retry), "remove one, or have each retry other errors, by on= or if=",
			"%s must not enclose that of %s%s: up to %d × %d = %d calls",
			outer.of(option.Retry), placed(p, inner, outer), via(p, path), outer.Attempts(), inner.Attempts(), outer.Attempts()*inner.Attempts())
		return false
	}
	if outer.Call && !visit(outer.id(), []source.FuncID{outer.id()}) {
		return
	}
	graph.Search(outer.id(), func(c calls.Call) bool { return c.Fails }, visit)
}

// placed names a site with its position, for a finding about another site.
func placed(p *source.Program, s, about *subject) string {
	return fmt.Sprintf("%s at %s:%d", s.shown(), filepath.ToSlash(finding.Relative(p.Graph.ModuleDir(about.Package.Listed), s.At.Filename)),
		s.At.Line)
}

// via lists the functions between the two ends of a path.
func via(p *source.Program, path []source.FuncID) string {
	var names []string
	for _, id := range path[1:max(1, len(path)-1)] {
		name := id.Key
		if pkg := p.Graph.Listed[id.Path]; pkg != nil && id.Path != path[0].Path {
			name = pkg.Name + "." + name
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return ", through " + strings.Join(names, " and ")
}

// sameErrors reports whether the outer retry may retry an error with which the inner one gives up,
// which wraps the last attempt's error. It does not if both name errors or conditions and have none
// in common, or if one of them excludes what the other retries.
func sameErrors(outer, inner plan.Aspect) bool {
	apart := func(option string) bool {
		a, b := outer.Values(option), inner.Values(option)
		return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(o plan.Option) bool { return named(b, o) })
	}
	narrowed := func(a plan.Aspect) bool { return len(a.Values("on"))+len(a.Values("if")) > 0 }
	switch {
	case apart("on"), narrowed(outer) && narrowed(inner) && !share(outer, inner):
		return false
	case excludes(outer, inner), excludes(inner, outer):
		return false
	}
	return true
}

// share reports whether two retries name an error or a condition in common.
func share(a, b plan.Aspect) bool {
	return slices.ContainsFunc([]string{"on", "if"}, func(option string) bool {
		return slices.ContainsFunc(a.Values(option), func(o plan.Option) bool { return named(b.Values(option), o) })
	})
}

// excludes reports whether a retry never retries what another one retries.
func excludes(a, b plan.Aspect) bool {
	every := func(option, by string) bool {
		list := b.Values(option)
		return len(list) > 0 && !slices.ContainsFunc(list, func(o plan.Option) bool { return !named(a.Values(by), o) })
	}
	return every("on", "abort") || every("if", "unless")
}

// named reports whether one of the options names what o names.
func named(list []plan.Option, o plan.Option) bool {
	return slices.ContainsFunc(list, func(have plan.Option) bool {
		if have.Ref == nil || o.Ref == nil {
			return have.Value == o.Value
		}
		return *have.Ref == *o.Ref
	})
}

// checkTimeouts reports timeouts that can never end a call, because each call of their function
// comes from inside a shorter one. A timeout that is longer than that of one caller is fine if
// another caller has none, since it may be meant for that one.
func checkTimeouts(p *source.Program, graph *calls.Graph, timeouts []*subject, sites map[source.FuncID]*subject) {
	reached := map[source.FuncID]bool{}
	for _, outer := range timeouts {
		if !slices.ContainsFunc(timeouts, func(s *subject) bool { return s.After() > outer.After() }) {
			continue
		}
		graph.Search(outer.id(), func(c calls.Call) bool { return c.Carries }, func(id source.FuncID, _ []source.FuncID) bool {
			if inner := sites[id]; inner != nil && inner.After() > outer.After() {
				reached[id] = true
			}
			return true
		})
	}
	for _, inner := range timeouts {
		if !reached[inner.id()] || inner.Entry.Served {
			continue
		}
		outer := bounds(graph, inner.Object, inner.After(), sites)
		if len(outer) == 0 {
			continue
		}
		longest := slices.MaxFunc(outer, func(a, b *subject) int {
			return cmp.Or(cmp.Compare(a.After(), b.After()), -strings.Compare(a.Symbol, b.Symbol))
		})
		others := ""
		if len(outer) > 1 {
			others = fmt.Sprintf(" or of %d more", len(outer)-1)
		}
		p.Findings.Add(inner.place(option.Timeout), "shorten it, or remove it",
			"%s must be shorter than the one around it, or it never ends a call: it has %s, and every call comes from within the %s of %s%s",
			inner.of(option.Timeout), option.FormatDuration(inner.After()), option.FormatDuration(longest.After()), placed(p, longest, inner),
			others)
	}
}
