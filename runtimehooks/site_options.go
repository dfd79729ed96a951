package runtimehooks

import "fmt"

// SetOptions sets options of the aspects that the site has, in the form of overrides, for code that makes sites of what a
// file says. It comes before the site's first call. If anything is wrong nothing changes, and the error is [OverrideErrors].
func (s *Site) SetOptions(o AspectOverrides) error {
	set, errs := overridable.Set(s.subject(), o)
	if len(errs) > 0 {
		return fmt.Errorf("set options: %w", overrideErrors(errs))
	}
	s.adopt(set)
	return nil
}

// adopt gives the site aspects of a set that was made from its own.
func (s *Site) adopt(set Aspects) {
	s.Recover, s.Trace, s.Metrics, s.Log = set.Recover, set.Trace, set.Metrics, set.Log
	s.Limit, s.Authz, s.Validate, s.Idempotent, s.Cache = set.Limit, set.Authz, set.Validate, set.Idempotent, set.Cache
	s.Fallback, s.Timeout, s.Hedge, s.Retry, s.Breaker, s.Bulkhead = set.Fallback, set.Timeout, set.Hedge, set.Retry, set.Breaker, set.Bulkhead
}
