package runtimehooks

// aspectStates returns the site's aspects with their effective options, in order, the disabled ones included.
func (s *Site) aspectStates(o *compiled) []AspectState {
	if o == nil {
		o = &compiled{}
	}
	var list []AspectState
	built := s.Aspects
	set := built
	for _, r := range aspectRules {
		if !r.has(&built) {
			continue
		}
		from := map[string]string{}
		enabled, by := o.apply(s, &built, &set, r, from)
		a := aspectState(r.name, enabled, by)
		if name := r.title(&set); name != "" {
			a.Options = append(a.Options, OptionState{Name: "name", Value: name})
		}
		for _, option := range r.options {
			if text := option.text(&set); text != "" {
				a.Options = append(a.Options, OptionState{Name: option.name, Value: text, From: from[option.name]})
			}
		}
		list = append(list, a)
	}
	for _, advice := range s.Around {
		enabled, by := o.enabled(o.sources(s, &built, nil), advice.Name, "")
		list = append(list, aspectState(advice.Name, enabled, by))
	}
	return list
}

// aspectState begins the state of an aspect. The option "enabled" is there if something overrides it.
func aspectState(name string, enabled bool, by string) AspectState {
	a := AspectState{Name: name, Enabled: enabled}
	if by != "" {
		text := "true"
		if !enabled {
			text = "false"
		}
		a.Options = append(a.Options, OptionState{Name: "enabled", Value: text, From: by})
	}
	return a
}

// title is the aspect's option "name".
func (r *aspectRule) title(a *Aspects) string {
	if r.name == "trace" {
		return a.Trace.Name
	}
	return r.shared(a)
}
