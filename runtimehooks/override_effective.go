package runtimehooks

import (
	"maps"
	"slices"
	"sync/atomic"
)

// overrides is what is in effect; nil for nothing. It is replaced as a whole, so that a changed pointer is all that a site
// needs to look for.
var overrides atomic.Pointer[compiled]

// compiled is overrides that have been read. It does not change, and holds nothing that is wrong.
type compiled struct {
	all                  entry
	sites, names, stacks map[string]entry

	sharers map[shared][]string // the stacks of all sites that share a state, sorted: its options are the same for all of them
}

// shared names a state that sites share.
type shared struct{ aspect, name string }

// entry is what one site, name or stack is given.
type entry struct {
	enabled *bool // of all aspects that can be disabled; nil if nothing is said
	aspects map[string]change
}

// change is what an entry says about one aspect.
type change struct {
	enabled *bool
	set     []setting // in the order of the aspect's rule
}

// setting is the new value of one option.
type setting struct {
	option string
	set    func(*Aspects)
}

// source is an entry that reaches an aspect of a site, with what SiteState calls it.
type source struct {
	entry
	from string
	site bool // it is the site's own, which says nothing about what is shared but whether it is enabled
}

// sources returns what reaches an aspect of the site, the widest first. Where several stacks or names do, they follow each
// other by name. What is shared is reached by its own name only, and by the stacks of all sites that share it.
func (o *compiled) sources(s *Site, built *Aspects, r *aspectRule) []source {
	list := []source{{entry: o.all, from: "all"}}
	stacks, names := sorted(s.Stacks), built.names()
	if r != nil && r.shared(built) != "" {
		stacks, names = o.sharers[shared{r.name, r.shared(built)}], []string{r.shared(built)}
	}
	for _, stack := range stacks {
		list = append(list, source{entry: o.stacks[stack], from: "stack " + stack})
	}
	for _, name := range names {
		list = append(list, source{entry: o.names[name], from: "name " + name})
	}
	return append(list, source{entry: o.sites[s.Function], from: "site", site: true})
}

// names returns the names of what the site shares with others.
func (a *Aspects) names() []string {
	var list []string
	for _, r := range aspectRules {
		if r.has(a) && r.shared(a) != "" {
			list = append(list, r.shared(a))
		}
	}
	return sorted(list)
}

func sorted(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// effective returns the aspects of a site under the overrides. What is not overridden is not copied.
func (o *compiled) effective(s *Site) Aspects {
	set := s.Aspects
	if o == nil {
		return set
	}
	built := set
	for _, r := range aspectRules {
		if r.has(&set) {
			if enabled, _ := o.apply(s, &built, &set, r, nil); !enabled {
				r.remove(&set)
			}
		}
	}
	set.Around = slices.Clone(set.Around)
	set.Around = slices.DeleteFunc(set.Around, func(a Advice) bool {
		enabled, _ := o.enabled(o.sources(s, &built, nil), a.Name, "")
		return !enabled
	})
	return set
}

// apply changes an aspect of the set as the overrides say, and reports whether it is enabled and by what. Each option that
// is changed, or follows another, is noted in from, unless that is nil.
func (o *compiled) apply(s *Site, built, set *Aspects, r *aspectRule, from map[string]string) (enabled bool, by string) {
	sources := o.sources(s, built, r)
	owned := false
	for _, src := range sources {
		for _, change := range src.aspects[r.name].set {
			if src.site && r.shared(built) != "" {
				continue
			}
			if !owned {
				r.own(set)
				owned = true
			}
			r.change(set, change, src.from, from)
		}
	}
	return o.enabled(sources, r.name, r.required)
}

// change sets an option, and notes what changed.
func (r *aspectRule) change(set *Aspects, s setting, by string, from map[string]string) {
	if from == nil {
		s.set(set)
		return
	}
	before := r.texts(set)
	s.set(set)
	for option, text := range r.texts(set) {
		if option == s.option || text != before[option] {
			from[option] = by
		}
	}
}

// texts returns the values of the aspect's options.
func (r *aspectRule) texts(set *Aspects) map[string]string {
	m := map[string]string{}
	for _, o := range r.options {
		m[o.name] = o.text(set)
	}
	return m
}

// enabled reports whether an aspect is enabled, and what says so; "" if nothing does.
func (o *compiled) enabled(sources []source, aspect, required string) (enabled bool, by string) {
	enabled = true
	if required != "" {
		return true, ""
	}
	for _, src := range sources {
		for _, says := range []*bool{src.enabled, src.aspects[aspect].enabled} {
			if says != nil {
				enabled, by = *says, src.from
			}
		}
	}
	return enabled, by
}

// shareStacks fills in sharers.
func (o *compiled) shareStacks(sites []*Site) {
	o.sharers = map[shared][]string{}
	for _, s := range sites {
		built := s.Aspects
		for _, r := range aspectRules {
			if r.has(&built) && r.shared(&built) != "" {
				key := shared{r.name, r.shared(&built)}
				o.sharers[key] = append(o.sharers[key], s.Stacks...)
			}
		}
	}
	for key := range maps.Keys(o.sharers) {
		o.sharers[key] = sorted(o.sharers[key])
	}
}
