package runtimehooks

import "fmt"

// SetOptions sets options of the aspects that the site has, in the form of overrides, for code that
// makes sites of what a file says. It comes before the site's first call. If anything is wrong
// nothing changes, and the error is [OverrideErrors].
func (s *Site) SetOptions(o AspectOverrides) error {
	c := &checker{}
	path := []string{"sites", s.Function}
	c.entry(path, o, []*Site{s})
	if len(c.errs) > 0 {
		return fmt.Errorf("set options: %w", c.errs)
	}
	set := s.Aspects
	for _, r := range aspectRules {
		if given, ok := o[r.name]; ok {
			r.own(&set)
			for _, setting := range compileChange(r.name, given).set {
				setting.set(&set)
			}
			texts := r.texts(&set)
			c.inOrder(append(path, r.name), given, func(option string) string { return texts[option] })
		}
	}
	c.breakerFits(append(path, "breaker"), o["breaker"], set.Breaker)
	if len(c.errs) > 0 {
		c.errs.sort()
		return fmt.Errorf("set options: %w", c.errs)
	}
	s.Aspects = set
	return nil
}
