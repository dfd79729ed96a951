package ask

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// checkOrder reports what is wrong with the declared order. All rule files must have been read.
func (rs *Rules) checkOrder() {
	rs.order.Check(rs.p.Findings, slices.Sorted(maps.Keys(rs.custom)), !rs.Unread)
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
		_, declared := rs.order.Rank(w.Name)
		undeclared = undeclared || !declared
	}
	if undeclared && len(custom) > 1 {
		slices.Sort(custom)
		hint := `add aspects.Order("` + strings.Join(custom, `", "`) + `") to the rule file`
		if rs.order.Pos.IsValid() {
			hint = "name them all in aspects.Order"
		}
		rs.p.Findings.Add(f.Pos(), hint, "custom advice %s meet on %s and must have a declared order", strings.Join(custom, " and "), f.Key)
	}
	slices.SortStableFunc(want, func(a, b *Want) int {
		placeA, _ := rs.order.Rank(a.Name)
		placeB, _ := rs.order.Rank(b.Name)
		return cmp.Or(cmp.Compare(placeA, placeB), cmp.Compare(a.Name, b.Name))
	})
}
