// Package order holds the order in which aspects stand around a body: what must be outside what, and
// what rule files declare.
package order

import (
	"cmp"
	"go/token"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// aspectGroup is a group of aspects whose order among each other is free.
type aspectGroup struct {
	names []string
	why   string // its aspects are outside those of later groups
}

// groups holds the built-in aspects by their place in the order, outermost first.
var groups = []aspectGroup{
	{[]string{option.Recover}, "what stands outside recover would see the panic itself"},
	{[]string{option.Trace, option.Metrics, option.Log}, "a call must be observed once, with its final outcome"},
	{[]string{option.Limit, option.Authz, option.Validate},
		"a call must be refused before it costs anything, and a caller who may not make it must not get a stored result"},
	{[]string{option.Idempotent}, "a claim is for the whole call, whatever answers it"},
	{[]string{option.Cache}, "a cached result needs no fallback, and the cache must see which answers are the fallback's, so as not to keep them"},
	{[]string{option.Fallback}, "the fallback answers when everything else failed, including the deadline and the breaker"},
	{[]string{option.Timeout}, "the deadline bounds all attempts together"},
	{[]string{option.Hedge}, "each branch retries on its own"},
	{[]string{option.Retry}, "each attempt needs a permit and a slot of its own: one breaker permit must not stand for several calls"},
	{[]string{option.Breaker}, "an open breaker must refuse before a slot is taken, and count a full bulkhead as a failure"},
	{[]string{option.Bulkhead}, "custom advice runs next to the body"},
}

// whyOutside says why the aspect name must be outside the aspect other.
func whyOutside(name, other string) string {
	if group(other) == len(groups) {
		return groups[len(groups)-1].why
	}
	return groups[group(name)].why
}

// group returns the index of an aspect's group. That of custom advice is len(groups).
func group(name string) int {
	i := slices.IndexFunc(groups, func(g aspectGroup) bool { return slices.Contains(g.names, name) })
	if i < 0 {
		return len(groups)
	}
	return i
}

// Order is what aspects.Order declares. The zero one declares nothing.
type Order struct {
	Pos   token.Position // of the call; not valid if there is none
	Names []Name
}

// Name is one name in aspects.Order.
type Name struct {
	Aspect string
	Pos    token.Position
}

// Check reports names that are not aspects, are listed twice, or are listed inside something that
// they must be outside. It keeps the names that are right. custom are the names of custom advice,
// all of them if that is whole: others may be in a file that could not be read.
func (o *Order) Check(findings *finding.List, custom []string, whole bool) {
	names := append(aspects.DefaultOrder(), custom...)
	slices.Sort(names)
	var known []Name
	for _, n := range o.Names {
		switch {
		case !slices.Contains(names, n.Aspect):
			if whole {
				hint := cmp.Or(suggest.DidYouMean(n.Aspect, names), "there are "+strings.Join(names, ", "))
				findings.Add(n.Pos, hint, "order must name aspects, not %q", n.Aspect)
			}
		case slices.ContainsFunc(known, func(k Name) bool { return k.Aspect == n.Aspect }):
			findings.Add(n.Pos, "remove one", "order must name %q once", n.Aspect)
		default:
			known = append(known, n)
		}
	}
	o.Names = known
	for i, outer := range known {
		for _, inner := range known[i+1:] {
			if group(outer.Aspect) > group(inner.Aspect) {
				findings.Add(inner.Pos, "change places",
					"order must have %s outside %s: %s", inner.Aspect, outer.Aspect, whyOutside(inner.Aspect, outer.Aspect))
				return
			}
		}
	}
}

// Rank returns an aspect's place in the order, where smaller is further out, and whether the place
// is declared. Within a group, aspects that aspects.Order does not list come after those that it
// does.
func (o *Order) Rank(name string) (place int, declared bool) {
	index := slices.IndexFunc(o.Names, func(n Name) bool { return n.Aspect == name })
	builtin := group(name) < len(groups)
	if index >= 0 {
		return group(name)*10000 + index, true
	}
	return group(name)*10000 + 1000 + slices.Index(aspects.DefaultOrder(), name), builtin
}
