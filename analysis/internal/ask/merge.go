package ask

import (
	"go/token"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// RuleParts returns a rule's aspects, those of its stacks included, each naming the rule.
func (rs *Rules) RuleParts(r *Rule) []*Want {
	var list []*Want
	for _, part := range r.parts {
		if part.aspect != nil {
			list = append(list, fromParts([]*Want{part.aspect}, "", r.Name, part.pos, false)...)
		} else if s := rs.stacks[part.stack]; s != nil {
			list = append(list, fromParts(s.parts, part.stack, r.Name, part.pos, false)...)
		}
	}
	return list
}

// fromParts copies aspects, those of a stack if it is not "", to be asked for by the given rule or directive.
func fromParts(parts []*Want, stack, from string, pos token.Position, strict bool) []*Want {
	var list []*Want
	for _, w := range parts {
		c := *w
		c.From, c.Pos, c.Strict = from, pos, strict && !w.Preset
		if stack != "" {
			c.Stacks = []string{stack}
		}
		list = append(list, &c)
	}
	return list
}

// Merge joins what several rules and directives say of one aspect. Directives override rules, the closer one the wider one;
// two rules that give one option different values are a finding.
func Merge(p *source.Program, f *source.Func, want []*Want) []*Want {
	var list []*Want
	decided := map[string]bool{} // aspects and options that a directive gives
	for _, w := range want {
		for name := range w.Options {
			decided[w.Name+" "+name] = decided[w.Name+" "+name] || w.From == "directive"
		}
	}
	for _, w := range want {
		i := slices.IndexFunc(list, func(m *Want) bool { return m.Name == w.Name })
		if i < 0 {
			c := *w
			c.Options = maps.Clone(w.Options)
			list = append(list, &c)
			continue
		}
		m := list[i]
		for _, name := range slices.Sorted(maps.Keys(w.Options)) {
			old, had := m.Options[name]
			if had && !decided[w.Name+" "+name] && m.From != w.From && !slices.EqualFunc(old, w.Options[name], func(a, b Value) bool { return a.Text == b.Text }) {
				p.Findings.Add(w.Pos, "give both the same value, or narrow a selector", "rules %q and %q must agree on option %s of %s for %s", m.From, w.From, name, w.Name, f.Key)
			}
			if m.Options == nil {
				m.Options = map[string][]Value{}
			}
			m.Options[name] = w.Options[name]
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
