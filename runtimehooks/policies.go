package runtimehooks

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
)

// PolicySet is the policies of all sites of the process: what they are, and what overrides them. It
// is the process's: every PolicySet is the same one, whoever made it.
type PolicySet struct{}

// Policies returns the policies of the process.
func Policies() *PolicySet { return &PolicySet{} }

// Overrides change options of sites without a rebuild. Where several speak of one option, the
// narrowest wins: Sites, then Names, then Stacks, then the entry "*" of Sites, which is about all
// sites, then what the site was built with.
type Overrides struct {
	Sites  map[string]AspectOverrides // by Site.Function
	Names  map[string]AspectOverrides // by the name that breakers, limits or bulkheads share: all sites that name it
	Stacks map[string]AspectOverrides // by stack
}

// AspectOverrides are the options to change, by aspect: "retry", "breaker".
type AspectOverrides = map[string]OptionOverrides

// OptionOverrides are the values of options, as a directive writes them: "attempts": "5",
// "cooldown": "1s". The option "enabled" is "true" or "false".
type OptionOverrides = map[string]string

// AllAspects is the aspect "*" of an [AspectOverrides], which means all of them. Its only option is
// "enabled", which leaves authz, validate and idempotent alone.
const AllAspects = override.All

// SiteState is what a site is and has done since the process began.
type SiteState struct {
	Function string // Site.Function
	Name     string // Site.Name
	Stacks   []string
	Aspects  []AspectState // in order, outermost first

	Calls    int64 // that have ended
	Failures int64 // of them
	Running  int64
	Latency  Latency

	Breakers []BreakerStatus // more than one where the breaker has keys
	Limits   []LimitStatus   // likewise
	Bulkhead *BulkheadStatus
	Errors   []ErrorRecord // the latest, newest first; only while somebody has asked for them with KeepErrors
}

// AspectState is one aspect of a site with its effective options.
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

// Latency is how long calls took, known to about 6 %. It is zero for a site that has no aspect that
// reads the clock.
type Latency struct {
	P50, P90, P99, Max time.Duration
}

// BreakerStatus is a circuit breaker now.
type BreakerStatus struct {
	Name     string // its name, or the function it belongs to
	Key      string // of a breaker that has keys, for people to read: others may have the same
	State    BreakerState
	Forced   bool          // an operator's doing, until it is set back
	Wait     time.Duration // until an open breaker lets a call through
	Failures int           // consecutive
	Opened   int64         // how often
	Ended    int64         // failures that were their callers' doing, and do not count
	Window   []Slice       // oldest first: calls one by one, or parts of the period
}

// Slice is a part of a breaker's window: one call, or the calls of a part of the period.
type Slice struct{ Calls, Failures, Slow int }

// LimitStatus is a limiter now.
type LimitStatus struct {
	Name   string
	Key    string  // for people to read, as that of a breaker
	Tokens float64 // calls that may begin at once
	Burst  int
	Rate   int
	Per    time.Duration
}

// BulkheadStatus is a bulkhead now.
type BulkheadStatus struct {
	Name             string
	Running, Waiting int
	Max              int
}

// ErrorRecord is one failure.
type ErrorRecord struct {
	At      time.Time
	Type    string // error.type
	Text    string
	TraceID string // hexadecimal; "" without a span
}
