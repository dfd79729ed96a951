package option

import "slices"

// The names of the aspects, as directives write them.
const (
	Recover    = "recover"
	Trace      = "trace"
	Metrics    = "metrics"
	Log        = "log"
	Limit      = "limit"
	Authz      = "authz"
	Validate   = "validate"
	Idempotent = "idempotent"
	Cache      = "cache"
	Fallback   = "fallback"
	Timeout    = "timeout"
	Hedge      = "hedge"
	Retry      = "retry"
	Breaker    = "breaker"
	Bulkhead   = "bulkhead"
)

// Aspects returns the names of the aspects in their default order, outermost first.
func Aspects() (names []string) {
	for _, s := range table {
		if !slices.Contains(names, s.Aspect) {
			names = append(names, s.Aspect)
		}
	}
	return names
}
