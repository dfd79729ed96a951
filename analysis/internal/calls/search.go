package calls

import (
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Search walks the calls from a function in breadth, so that a path is a shortest one. visit gets each function that is
// reached once, with the path to it, both ends included; it says whether to go on below it.
func (c *Graph) Search(from source.FuncID, follow func(Call) bool, visit func(id source.FuncID, path []source.FuncID) bool) {
	before := map[source.FuncID]source.FuncID{}
	for work := []source.FuncID{from}; len(work) > 0; work = work[1:] {
		b := c.bodies(work[0].Path)
		if b == nil {
			continue
		}
		for _, call := range b.funcs[work[0]] {
			to, ok := c.target(call)
			if _, seen := before[to]; !ok || seen || !follow(call) {
				continue
			}
			before[to] = work[0]
			path := []source.FuncID{to}
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
