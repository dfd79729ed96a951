package debug

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// State is the page as JSON. The names of the fields stay; times are RFC 3339, durations seconds.
type State struct {
	Sites []Site `json:"sites"`
}

// Site is a [runtimehooks.SiteState].
type Site struct {
	Function string    `json:"function"`
	Name     string    `json:"name"`
	Stacks   []string  `json:"stacks"`
	Aspects  []Aspect  `json:"aspects"` // in order, outermost first
	Calls    int64     `json:"calls"`
	Failures int64     `json:"failures"`
	Running  int64     `json:"running"`
	Latency  Latency   `json:"latencySeconds"`
	Breakers []Breaker `json:"breakers"`
	Limits   []Limit   `json:"limits"`
	Bulkhead *Bulkhead `json:"bulkhead"`
	Errors   []Error   `json:"errors"` // newest first
}

// Aspect is a [runtimehooks.AspectState].
type Aspect struct {
	Name    string       `json:"name"`
	Enabled bool         `json:"enabled"`
	Options []OptionText `json:"options"`
}

// OptionText is a [runtimehooks.OptionState].
type OptionText struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // what overrides it; "" as built
}

// Latency is a [runtimehooks.Latency].
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Breaker is a [runtimehooks.BreakerStatus].
type Breaker struct {
	Name     string  `json:"name"`
	Key      string  `json:"key"`
	State    string  `json:"state"` // "closed", "open" or "half-open"
	Forced   bool    `json:"forced"`
	Wait     float64 `json:"waitSeconds"`
	Failures int     `json:"failures"`
	Opened   int64   `json:"opened"`
	Ended    int64   `json:"endedByCaller"`
	Window   []Slice `json:"window"`
}

// Slice is a [runtimehooks.Slice].
type Slice struct {
	Calls    int `json:"calls"`
	Failures int `json:"failures"`
	Slow     int `json:"slow"`
}

// Limit is a [runtimehooks.LimitStatus].
type Limit struct {
	Name   string  `json:"name"`
	Key    string  `json:"key"`
	Tokens float64 `json:"tokens"`
	Burst  int     `json:"burst"`
	Rate   int     `json:"rate"`
	Per    float64 `json:"perSeconds"`
}

// Bulkhead is a [runtimehooks.BulkheadStatus].
type Bulkhead struct {
	Name    string `json:"name"`
	Running int    `json:"running"`
	Waiting int    `json:"waiting"`
	Max     int    `json:"max"`
}

// Error is a [runtimehooks.ErrorRecord].
type Error struct {
	At      time.Time `json:"at"`
	Type    string    `json:"type"`
	Text    string    `json:"text"`
	TraceID string    `json:"traceID"`
}

// state returns the sites as JSON has them. Lists are never null.
func state(sites []runtimehooks.SiteState) State {
	return State{Sites: each(sites, func(s runtimehooks.SiteState) Site {
		return Site{
			Function: s.Function, Name: s.Name, Stacks: append([]string{}, s.Stacks...), Aspects: each(s.Aspects, aspect),
			Calls: s.Calls, Failures: s.Failures, Running: s.Running,
			Latency: Latency{
				P50: s.Latency.P50.Seconds(), P90: s.Latency.P90.Seconds(), P99: s.Latency.P99.Seconds(), Max: s.Latency.Max.Seconds(),
			},
			Breakers: each(s.Breakers, breaker),
			Limits: each(s.Limits, func(l runtimehooks.LimitStatus) Limit {
				return Limit{Name: l.Name, Key: l.Key, Tokens: l.Tokens, Burst: l.Burst, Rate: l.Rate, Per: l.Per.Seconds()}
			}),
			Bulkhead: (*Bulkhead)(s.Bulkhead),
			Errors:   each(s.Errors, func(e runtimehooks.ErrorRecord) Error { return Error(e) }),
		}
	})}
}

func aspect(a runtimehooks.AspectState) Aspect {
	return Aspect{Name: a.Name, Enabled: a.Enabled, Options: each(a.Options, func(o runtimehooks.OptionState) OptionText { return OptionText(o) })}
}

func breaker(b runtimehooks.BreakerStatus) Breaker {
	return Breaker{
		Name: b.Name, Key: b.Key, State: b.State.String(), Forced: b.Forced, Wait: b.Wait.Seconds(), Failures: b.Failures,
		Opened: b.Opened, Ended: b.Ended, Window: each(b.Window, func(s runtimehooks.Slice) Slice { return Slice(s) }),
	}
}

func each[From, To any](list []From, convert func(From) To) []To {
	converted := make([]To, len(list))
	for i, v := range list {
		converted[i] = convert(v)
	}
	return converted
}
