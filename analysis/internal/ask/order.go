package ask

import (
	"cmp"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// orderGroup is a group of aspects whose order among each other is free.
type orderGroup struct {
	names []string
	why   string // its aspects are outside those of later groups
}

// groups holds the built-in aspects by their place in the order, outermost first.
var groups = []orderGroup{
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
	i := slices.IndexFunc(groups, func(g orderGroup) bool { return slices.Contains(g.names, name) })
	if i < 0 {
		return len(groups)
	}
	return i
}

// orderName is one name in aspects.Order.
type orderName struct {
	name string
	pos  token.Position
}

// checkOrder reports names in aspects.Order that are not aspects, are listed twice, or are listed
// inside something that they must be outside. It keeps the names that are right. All rule files
// must have been read.
func (rs *Rules) checkOrder() {
	names := append(aspects.DefaultOrder(), slices.Collect(maps.Keys(rs.custom))...)
	slices.Sort(names)
	var known []orderName
	for _, n := range rs.order {
		switch {
		case !slices.Contains(names, n.name):
			if !rs.Unread { // it may be in the file that could not be read
				hint := cmp.Or(suggest.DidYouMean(n.name, names), "there are "+strings.Join(names, ", "))
				rs.p.Findings.Add(n.pos, hint, "order must name aspects, not %q", n.name)
			}
		case slices.ContainsFunc(known, func(k orderName) bool { return k.name == n.name }):
			rs.p.Findings.Add(n.pos, "remove one", "order must name %q once", n.name)
		default:
			known = append(known, n)
		}
	}
	rs.order = known
	for i, outer := range known {
		for _, inner := range known[i+1:] {
			if group(outer.name) > group(inner.name) {
				rs.p.Findings.Add(inner.pos, "change places",
					"order must have %s outside %s: %s", inner.name, outer.name, whyOutside(inner.name, outer.name))
				return
			}
		}
	}
}

// rank returns an aspect's place in the order, where smaller is further out, and whether the place
// is declared. Within a group, aspects that aspects.Order does not list come after those that it
// does.
func (rs *Rules) rank(name string) (place int, declared bool) {
	index := slices.IndexFunc(rs.order, func(n orderName) bool { return n.name == name })
	builtin := group(name) < len(groups)
	if index >= 0 {
		return group(name)*10000 + index, true
	}
	return group(name)*10000 + 1000 + slices.Index(aspects.DefaultOrder(), name), builtin
}

// sort puts a function's aspects in order. Two pieces of custom advice on one function must have a
// declared order.
func (rs *Rules) sort(f *source.Func, want []*Want) {
	var custom []string
	undeclared := false
	for _, w := range want {
		if w.Advice != nil {
			custom = append(custom, w.Name)
		}
		_, declared := rs.rank(w.Name)
		undeclared = undeclared || !declared
	}
	if undeclared && len(custom) > 1 {
		slices.Sort(custom)
		hint := `add aspects.Order("` + strings.Join(custom, `", "`) + `") to the rule file`
		if rs.orderPos.IsValid() {
			hint = "name them all in aspects.Order"
		}
		rs.p.Findings.Add(f.Pos(), hint, "custom advice %s meet on %s and must have a declared order", strings.Join(custom, " and "), f.Key)
	}
	slices.SortStableFunc(want, func(a, b *Want) int {
		placeA, _ := rs.rank(a.Name)
		placeB, _ := rs.rank(b.Name)
		return cmp.Or(cmp.Compare(placeA, placeB), cmp.Compare(a.Name, b.Name))
	})
}
