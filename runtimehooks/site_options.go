package runtimehooks

import "fmt"

// SetOptions sets options of the aspects that the site has, in the form of overrides, for code that
// makes sites of what a file says. It comes before the site's first call. If anything is wrong
// nothing changes, and the error is [OverrideErrors].
func (s *Site) SetOptions(o AspectOverrides) error {
	set, errs := overridable.Set(s.subject(), o)
	if len(errs) > 0 {
		return fmt.Errorf("set options: %w", overrideErrors(errs))
	}
	s.Aspects = set
	return nil
}
