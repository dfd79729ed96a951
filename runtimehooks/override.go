package runtimehooks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks/internal/linked"
)

// policies are the process's overrides as they were given, by layer. What they come to is in the variable overrides.
var policies policyTable

type policyTable struct {
	mu     sync.Mutex
	layers map[string]Overrides // by name; none of them is empty
}

// layerOrder are the layers that come after all others, in their order.
var layerOrder = []string{linked.FileLayer, "page", "program"}

// Override replaces what the program overrides, the layer "program". It takes effect for calls that begin later, for all
// sites at once. If anything is wrong nothing changes, and the error is [OverrideErrors].
func (p *PolicySet) Override(o Overrides) error { return p.Layer("program", o) }

// Layer replaces one of several sources of overrides: "file" is what package live reads, "page" an operator's page,
// "program" what [PolicySet.Override] got. Of two layers that override one option of one entry, the later in this order
// wins; layers with other names come before them, by name. Between entries, the narrower one wins whatever its layer.
// Empty overrides remove the layer. If anything is wrong nothing changes, and the error is [OverrideErrors].
func (p *PolicySet) Layer(name string, o Overrides) error {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	if errs := check(o, sortedSites(), linked.Initializing() && name == linked.FileLayer); len(errs) > 0 {
		return fmt.Errorf("override policies: %w", errs)
	}
	layers := maps.Clone(policies.layers)
	if layers == nil {
		layers = map[string]Overrides{}
	}
	if layers[name] = o.clone(); o.empty() {
		delete(layers, name)
	}
	next := compile(merge(layers), sortedSites())
	if errs := next.check(o, sortedSites()); len(errs) > 0 {
		return fmt.Errorf("override policies: %w", errs)
	}
	if reflect.DeepEqual(layers, policies.layers) {
		return nil // what is in effect stays, so that no site looks again
	}
	policies.layers = layers
	policies.publish(next)
	return nil
}

// Layers returns the overrides of each layer, by its name. The caller may change them.
func (p *PolicySet) Layers() map[string]Overrides {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	m := map[string]Overrides{}
	for name, o := range policies.layers {
		m[name] = o.clone()
	}
	return m
}

// Overrides returns what all layers come to. The caller may change it.
func (p *PolicySet) Overrides() Overrides {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	return merge(policies.layers)
}

// compile reads the layers again, for the sites that are known now.
func (t *policyTable) compile() {
	if len(t.layers) > 0 {
		t.publish(compile(merge(t.layers), sortedSites()))
	}
}

// publish puts overrides into effect.
func (t *policyTable) publish(next *compiled) {
	if len(t.layers) == 0 {
		next = nil
	}
	overrides.Store(next)
}

// merge joins layers, in their order.
func merge(layers map[string]Overrides) Overrides {
	order := slices.Sorted(maps.Keys(layers))
	slices.SortStableFunc(order, func(a, b string) int {
		return slices.Index(layerOrder, a) - slices.Index(layerOrder, b)
	})
	var all Overrides
	for _, name := range order {
		o := layers[name]
		all.Sites, all.Names, all.Stacks = join(all.Sites, o.Sites), join(all.Names, o.Names), join(all.Stacks, o.Stacks)
	}
	return all
}

// join puts the entries of the later layer over those of the earlier ones, which it may change.
func join(entries, later map[string]AspectOverrides) map[string]AspectOverrides {
	if entries == nil {
		entries = map[string]AspectOverrides{}
	}
	for key, aspects := range later {
		if entries[key] == nil {
			entries[key] = AspectOverrides{}
		}
		entries[key].join(aspects)
	}
	return entries
}

func (a AspectOverrides) join(later AspectOverrides) {
	if _, ok := later[AllAspects]["enabled"]; ok {
		for _, options := range a {
			delete(options, "enabled") // what spoke of one aspect is overruled with the others
		}
	}
	for aspect, options := range later {
		if a[aspect] == nil {
			a[aspect] = OptionOverrides{}
		}
		if pair, ok := exclusive[aspect]; ok && (options[pair[0]] != "" || options[pair[1]] != "") {
			delete(a[aspect], pair[0])
			delete(a[aspect], pair[1])
		}
		maps.Copy(a[aspect], options)
	}
}

func (o Overrides) clone() Overrides {
	return Overrides{Sites: join(nil, o.Sites), Names: join(nil, o.Names), Stacks: join(nil, o.Stacks)}
}

func (o Overrides) empty() bool { return len(o.Sites)+len(o.Names)+len(o.Stacks) == 0 }
