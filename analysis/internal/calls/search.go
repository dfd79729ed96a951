package calls

import (
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Search walks the calls that follow accepts, breadth first from a function. It calls visit once
// for each function that it reaches, with a shortest path to it, both ends included. visit returns
// whether to continue from that function.
func (g *Graph) Search(from source.FuncID, follow func(Call) bool, visit func(id source.FuncID, path []source.FuncID) bool) {
	before := map[source.FuncID]source.FuncID{}
	for work := []source.FuncID{from}; len(work) > 0; work = work[1:] {
		b := g.bodies(work[0].Path)
		if b == nil {
			continue
		}
		for _, call := range b.calls[work[0]] {
			to, ok := g.target(call)
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
