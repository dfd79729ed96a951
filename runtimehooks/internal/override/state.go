package override

import "strconv"

// AspectState is one aspect of a subject with its effective options.
type AspectState struct {
	Name    string
	Enabled bool
	Options []OptionState
}

// OptionState is one option with its effective value in a directive's form.
type OptionState struct {
	Name  string
	Value string
	From  string // "" as built, or what overrides it: "site", "name payments", "stack server", "all"
}

// States returns the subject's aspects with their effective options, in order, the disabled ones
// included.
func (o *Compiled[A]) States(s Subject[A]) []AspectState {
	var list []AspectState
	set := s.Built
	for _, r := range o.table {
		if !r.has(&s.Built) {
			continue
		}
		from := map[string]string{}
		on, by := o.apply(&s, &set, r, from)
		a := aspectState(r.Aspect, on, by)
		if name := r.title(&set); name != "" {
			a.Options = append(a.Options, OptionState{Name: "name", Value: name})
		}
		for _, option := range r.options {
			if text := option.text(&set); text != "" {
				a.Options = append(a.Options, OptionState{Name: option.Name, Value: text, From: from[option.Name]})
			}
		}
		list = append(list, a)
	}
	for _, advice := range s.Advice {
		on, by := o.enabled(o.sources(&s, nil), advice, "")
		list = append(list, aspectState(advice, on, by))
	}
	return list
}

// aspectState begins the state of an aspect. The option "enabled" is there if something overrides
// it.
func aspectState(name string, on bool, by string) AspectState {
	a := AspectState{Name: name, Enabled: on}
	if by != "" {
		a.Options = append(a.Options, OptionState{Name: enabled, Value: strconv.FormatBool(on), From: by})
	}
	return a
}
