package override

// source is an entry that reaches an aspect of a subject, with what an [OptionState] calls it.
type source[A any] struct {
	entry[A]
	from string
	site bool // it is the subject's own, which says nothing about what is shared but whether it is enabled
}

// sources returns what reaches an aspect of the subject, the widest first. Where several stacks or
// names do, they follow each other by name. What is shared is reached by its own name only, and by
// the stacks of all subjects that share it.
func (o *Compiled[A]) sources(s *Subject[A], r *Rule[A]) []source[A] {
	list := []source[A]{{entry: o.all, from: "all"}}
	stacks, names := sorted(s.Stacks), o.table.names(&s.Built)
	if r != nil && r.shared(&s.Built) != "" {
		stacks, names = o.sharers[shared{r.Aspect, r.shared(&s.Built)}], []string{r.shared(&s.Built)}
	}
	for _, stack := range stacks {
		list = append(list, source[A]{entry: o.stacks[stack], from: "stack " + stack})
	}
	for _, name := range names {
		list = append(list, source[A]{entry: o.names[name], from: "name " + name})
	}
	return append(list, source[A]{entry: o.sites[s.Function], from: "site", site: true})
}

// Effective returns the subject's aspects under the overrides, without those that are disabled.
// What is not overridden is not copied.
func (o *Compiled[A]) Effective(s Subject[A]) A {
	set := s.Built
	for _, r := range o.table {
		if r.has(&set) {
			if on, _ := o.apply(&s, &set, r, nil); !on {
				r.remove(&set)
			}
		}
	}
	return set
}

// Advice reports whether custom advice of the subject is enabled.
func (o *Compiled[A]) Advice(s Subject[A], name string) bool {
	on, _ := o.enabled(o.sources(&s, nil), name, "")
	return on
}

// apply changes an aspect of the set as the overrides say, and reports whether it is enabled and by
// what. Each option that is changed, or follows another, is noted in from, unless that is nil.
func (o *Compiled[A]) apply(s *Subject[A], set *A, r *Rule[A], from map[string]string) (on bool, by string) {
	sources := o.sources(s, r)
	owned := false
	for _, src := range sources {
		for _, change := range src.aspects[r.Aspect].set {
			if src.site && r.shared(&s.Built) != "" {
				continue
			}
			if !owned {
				r.own(set)
				owned = true
			}
			r.change(set, change, src.from, from)
		}
	}
	return o.enabled(sources, r.Aspect, r.Required)
}

// change sets an option, and notes what changed.
func (r *Rule[A]) change(set *A, s setting[A], by string, from map[string]string) {
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

// enabled reports whether an aspect is enabled, and what says so; "" if nothing does.
func (o *Compiled[A]) enabled(sources []source[A], aspect, required string) (on bool, by string) {
	on = true
	if required != "" {
		return true, ""
	}
	for _, src := range sources {
		for _, says := range []*bool{src.enabled, src.aspects[aspect].enabled} {
			if says != nil {
				on, by = *says, src.from
			}
		}
	}
	return on, by
}
