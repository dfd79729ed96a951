package ask

import (
	"go/token"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// askedBy returns copies of the aspects that name the rule or directive that asks for them, and the
// stack if that is not "".
func askedBy(from string, pos token.Position, strict bool, stack string, aspects []*Want) []*Want {
	var list []*Want
	for _, w := range aspects {
		c := *w
		c.From, c.Pos, c.Strict = from, pos, strict && !w.Preset
		if stack != "" {
			c.Stacks = []string{stack}
		}
		list = append(list, &c)
	}
	return list
}

// Merge joins what several rules and directives ask for one function, each aspect once, and puts
// the aspects in order. Directives override rules, and a closer directive a wider one. Two rules
// that give an option different values are a finding, and so are options that do not fit together,
// and custom advice without a declared order.
func (rs *Rules) Merge(f *source.Func, want []*Want) []*Want {
	merged := join(f, want)
	for _, w := range merged {
		conflicts(rs.p, w, true)
	}
	rs.sort(f, merged)
	return merged
}

// join makes one Want of all that ask for the same aspect.
func join(f *source.Func, want []*Want) []*Want {
	var list []*Want
	type option struct{ aspect, name string }
	decided := map[option]bool{} // options that a directive gives
	for _, w := range want {
		for name := range w.Options {
			decided[option{w.Name, name}] = decided[option{w.Name, name}] || w.From == "directive"
		}
	}
	giver := map[option]string{} // the last rule that gives the option: one may use a stack and give an option of it another value
	for _, w := range want {
		i := slices.IndexFunc(list, func(m *Want) bool { return m.Name == w.Name })
		if i < 0 {
			c := *w
			c.Options = maps.Clone(w.Options)
			for name := range w.Options {
				giver[option{w.Name, name}] = w.From
			}
			list = append(list, &c)
			continue
		}
		m := list[i]
		for _, name := range slices.Sorted(maps.Keys(w.Options)) {
			old, had := m.Options[name]
			from := giver[option{w.Name, name}]
			if had && !decided[option{w.Name, name}] && from != w.From && !sameText(old, w.Options[name]) {
				f.Program.Findings.Add(w.Pos, "give both the same value, or narrow a selector",
					"rules %q and %q must agree on option %s of %s for %s", from, w.From, name, w.Name, f.Key)
			}
			if m.Options == nil {
				m.Options = map[string][]Value{}
			}
			m.Options[name], giver[option{w.Name, name}] = w.Options[name], w.From
		}
		if w.From == "directive" {
			m.From, m.Pos = w.From, w.Pos
		}
		m.Strict = m.Strict || w.Strict
		m.Preset = m.Preset && w.Preset
		m.Stacks = append(slices.Clip(m.Stacks), w.Stacks...)
	}
	return list
}

func sameText(a, b []Value) bool {
	return slices.EqualFunc(a, b, func(a, b Value) bool { return a.Text == b.Text })
}
