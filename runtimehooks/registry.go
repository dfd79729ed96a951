package runtimehooks

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// sites holds the sites of the process. Its lock is policies.mu.
var sites = map[*Site]bool{}

// sorted are the sites, sorted by function; nil after a change. Its lock is policies.mu, too.
var sorted []*Site

// BindingStack is the stack of the sites that package bindings makes of an environment's policies
// when its platform opens. Their functions are "bindings." and the name of the binding. Overrides
// may speak of them before there are any.
const BindingStack = override.BindingStack

// Register makes sites known to [Policies]. Generated files call it while their package is
// initialized, for a variable, whose value means nothing.
func Register(list ...*Site) struct{} {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	sorted = nil
	for _, s := range list {
		sites[s] = true
		if strings.HasPrefix(s.Function, "main.") {
			process.RegisterMain()
		}
	}
	policies.compile()
	process.Register()
	return struct{}{}
}

// Unregister takes sites that are made and dropped while the program runs from those that
// [Policies] and the metrics know. Their calls go on under the options that they have.
func Unregister(list ...*Site) {
	policies.mu.Lock()
	sorted = nil
	for _, s := range list {
		delete(sites, s)
	}
	policies.compile()
	policies.mu.Unlock()
	unmeasure(list)
}

// registered returns the sites that are known, sorted by function. The list must not be changed.
func registered() []*Site {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	if sorted == nil {
		sorted = sortedSites()
	}
	return sorted
}

func sortedSites() []*Site {
	return slices.SortedFunc(maps.Keys(sites), func(a, b *Site) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Name, b.Name))
	})
}
