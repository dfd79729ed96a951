package analysis

import (
	"go/token"
	"maps"
	"slices"
)

// ruleParts returns a rule's aspects, those of its stacks included, each naming the rule.
func (rs *ruleSet) ruleParts(r *rule) []*wanted {
	var list []*wanted
	for _, part := range r.parts {
		if part.aspect != nil {
			list = append(list, fromParts([]*wanted{part.aspect}, "", r.name, part.pos, false)...)
		} else if s := rs.stacks[part.stack]; s != nil {
			list = append(list, fromParts(s.parts, part.stack, r.name, part.pos, false)...)
		}
	}
	return list
}

// fromParts copies aspects, those of a stack if it is not "", to be asked for by the given rule or directive.
func fromParts(parts []*wanted, stack, from string, pos token.Position, strict bool) []*wanted {
	var list []*wanted
	for _, w := range parts {
		c := *w
		c.from, c.pos, c.strict = from, pos, strict && !w.preset
		if stack != "" {
			c.stacks = []string{stack}
		}
		list = append(list, &c)
	}
	return list
}

// merge joins what several rules and directives say of one aspect. Directives override rules, the closer one the wider one;
// two rules that give one option different values are a finding.
func (p *Program) merge(f *function, want []*wanted) []*wanted {
	var list []*wanted
	decided := map[string]bool{} // aspects and options that a directive gives
	for _, w := range want {
		for name := range w.options {
			decided[w.name+" "+name] = decided[w.name+" "+name] || w.from == "directive"
		}
	}
	for _, w := range want {
		i := slices.IndexFunc(list, func(m *wanted) bool { return m.name == w.name })
		if i < 0 {
			c := *w
			c.options = maps.Clone(w.options)
			list = append(list, &c)
			continue
		}
		m := list[i]
		for _, name := range slices.Sorted(maps.Keys(w.options)) {
			old, had := m.options[name]
			if had && !decided[w.name+" "+name] && m.from != w.from && !slices.EqualFunc(old, w.options[name], func(a, b value) bool { return a.text == b.text }) {
				p.diags.add(w.pos, "give both the same value, or narrow a selector", "rules %q and %q must agree on option %s of %s for %s", m.from, w.from, name, w.name, f.key)
			}
			if m.options == nil {
				m.options = map[string][]value{}
			}
			m.options[name] = w.options[name]
		}
		if w.from == "directive" {
			m.from, m.pos = w.from, w.pos
		}
		m.strict = m.strict || w.strict
		m.preset = m.preset && w.preset
		m.stacks = append(slices.Clip(m.stacks), w.stacks...)
	}
	return list
}
