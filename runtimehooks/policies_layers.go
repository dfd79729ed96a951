package runtimehooks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// overrides is what is in effect; nil for nothing. It is replaced as a whole, so that a changed
// pointer is all that a site needs to look for.
var overrides atomic.Pointer[override.Compiled[Aspects]]

// policies are the process's overrides as they were given, by layer. What they come to is in the
// variable overrides.
var policies policyTable

type policyTable struct {
	mu     sync.Mutex
	layers map[string]override.Layer // by name; none of them is empty
}

// layerOrder are the layers that come after all others, in their order.
var layerOrder = []string{process.FileLayer, "page", "program"}

// Override replaces what the program overrides, the layer "program". It takes effect for calls that
// begin later, for all sites at once. If anything is wrong nothing changes, and the error is
// [OverrideErrors].
func (p *PolicySet) Override(o Overrides) error { return p.Layer("program", o) }

// Layer replaces one of several sources of overrides: "file" is what package live reads, "page" an
// operator's page, "program" what [PolicySet.Override] got. Of two layers that override one option
// of one entry, the later in this order wins; layers with other names come before them, by name.
// Between entries, the narrower one wins whatever its layer. Empty overrides remove the layer. If
// anything is wrong nothing changes, and the error is [OverrideErrors].
func (p *PolicySet) Layer(name string, o Overrides) error {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	layer, subjects := override.Layer(o), subjects()
	if errs := overridable.Check(layer, subjects, process.Initializing() && name == process.FileLayer); len(errs) > 0 {
		return fmt.Errorf("override policies: %w", overrideErrors(errs))
	}
	layers := maps.Clone(policies.layers)
	if layers == nil {
		layers = map[string]override.Layer{}
	}
	if layers[name] = layer.Clone(); layer.Empty() {
		delete(layers, name)
	}
	next := overridable.Compile(override.Merge(layers, layerOrder), subjects)
	if errs := next.Check(layer, subjects); len(errs) > 0 {
		return fmt.Errorf("override policies: %w", overrideErrors(errs))
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
	for name, layer := range policies.layers {
		m[name] = Overrides(layer.Clone())
	}
	return m
}

// Overrides returns what all layers come to. The caller may change it.
func (p *PolicySet) Overrides() Overrides {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	return Overrides(override.Merge(policies.layers, layerOrder))
}

// compile reads the layers again, for the sites that are known now.
func (t *policyTable) compile() {
	if len(t.layers) > 0 {
		t.publish(overridable.Compile(override.Merge(t.layers, layerOrder), subjects()))
	}
}

// publish puts overrides into effect.
func (t *policyTable) publish(next *override.Compiled[Aspects]) {
	if len(t.layers) == 0 {
		next = nil
	}
	overrides.Store(next)
	changes.Add(1)
}

// subjects returns the registered sites as overrides know them, in their order.
func subjects() []override.Subject[Aspects] {
	var list []override.Subject[Aspects]
	for _, s := range sortedSites() {
		list = append(list, s.subject())
	}
	return list
}

// subject is the site as overrides know it.
func (s *Site) subject() override.Subject[Aspects] {
	return override.Subject[Aspects]{Function: s.Function, Stacks: s.Stacks, Advice: adviceNames(s.Around), Built: s.Aspects}
}

func adviceNames(advice []Advice) []string {
	var names []string
	for _, a := range advice {
		names = append(names, a.Name)
	}
	return names
}

// effective returns the aspects of a site under overrides. What is not overridden is not copied.
func (s *Site) effective(o *override.Compiled[Aspects]) Aspects {
	if o == nil {
		return s.Aspects
	}
	subject := s.subject()
	set := o.Effective(subject)
	set.Around = slices.DeleteFunc(slices.Clone(set.Around), func(a Advice) bool { return !o.Advice(subject, a.Name) })
	return set
}

// notOverridden is what sites are without overrides.
var notOverridden = sync.OnceValue(func() *override.Compiled[Aspects] { return overridable.Compile(override.Layer{}, nil) })

// aspectStates returns the site's aspects with their effective options, in order, the disabled ones
// included.
func (s *Site) aspectStates(o *override.Compiled[Aspects]) []AspectState {
	if o == nil {
		o = notOverridden()
	}
	var list []AspectState
	for _, a := range o.States(s.subject()) {
		state := AspectState{Name: a.Name, Enabled: a.Enabled}
		for _, o := range a.Options {
			state.Options = append(state.Options, OptionState(o))
		}
		list = append(list, state)
	}
	return list
}
