package option

import (
	"fmt"
	"slices"
)

// Spec says what one option of an aspect may be.
type Spec struct {
	Aspect  string // as a directive writes it: "retry"
	Name    string // as a directive writes it: "attempts"
	Kind    Kind
	Value   bool     // may be given without its name, as the directive's first argument
	Need    bool     // must be given
	Like    string   // an example, for an option that must be given
	Default string   // in the directive's form; "" means unset
	Min     string   // lowest allowed value, "" for none; an open bound begins with ">"
	Max     string   // highest allowed value, "" for none
	OneOf   []string // the allowed values, where they are few
}

// Plain reports whether the option's value is data, which a file can carry to a running program.
// Other options are part of the woven code: they name its functions and variables, or are free text
// by which sites and spans are found, or which clients are sent.
func (s Spec) Plain() bool { return wants[s.Kind] != "" && s.Kind != Challenge || len(s.OneOf) > 0 }

// Of returns the options of an aspect, in the order in which they are documented.
func Of(aspect string) []Spec { return slices.Clone(byAspect[aspect]) }

// Lookup returns an option of an aspect.
func Lookup(aspect, name string) (Spec, bool) {
	specs := byAspect[aspect]
	i := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		return Spec{}, false
	}
	return specs[i], true
}

// Must is [Lookup] for tables that are written in code. It panics if there is no such option.
func Must(aspect, name string) Spec {
	s, ok := Lookup(aspect, name)
	if !ok {
		panic(fmt.Sprintf("%s has no option %s", aspect, name))
	}
	return s
}

var byAspect = func() map[string][]Spec {
	m := map[string][]Spec{}
	for _, s := range table {
		m[s.Aspect] = append(m[s.Aspect], s)
	}
	return m
}()

// table has the aspects in their default order.
var table = []Spec{
	{Aspect: Recover, Name: "as", Kind: Int, Default: "500", Min: "400", Max: "599"},

	{Aspect: Trace, Name: "name", Kind: String, Value: true},
	{Aspect: Trace, Name: "kind", Kind: String, OneOf: []string{"internal", "server", "client", "producer", "consumer"}},
	{Aspect: Trace, Name: "attr", Kind: Path},
	{Aspect: Trace, Name: "err", Kind: Result},
	{Aspect: Trace, Name: "stream", Kind: String, OneOf: []string{"ok"}},

	{Aspect: Metrics, Name: "err", Kind: Result},
	{Aspect: Metrics, Name: "stream", Kind: String, OneOf: []string{"ok"}},

	{Aspect: Log, Name: "level", Kind: Level, Value: true, Default: "info"},
	{Aspect: Log, Name: "slow", Kind: Duration, Min: ">0s"},
	{Aspect: Log, Name: "err", Kind: Result},

	{Aspect: Limit, Name: "name", Kind: String, Value: true},
	{Aspect: Limit, Name: "rate", Kind: Rate, Need: true, Like: "100/s"},
	{Aspect: Limit, Name: "burst", Kind: Int, Min: "1"},
	{Aspect: Limit, Name: "key", Kind: Key},
	{Aspect: Limit, Name: "wait", Kind: Duration, Default: "0s", Min: "0s"},

	{Aspect: Authz, Name: "func", Kind: Call, Value: true, Need: true, Like: "s.authorize"},
	{Aspect: Authz, Name: "challenge", Kind: Challenge},

	{Aspect: Validate, Name: "func", Kind: Call, Value: true, Need: true, Like: "req.Validate"},

	{Aspect: Idempotent, Name: "key", Kind: Key, Value: true, Need: true, Like: "req.Key"},
	{Aspect: Idempotent, Name: "text", Kind: String, OneOf: []string{"faithful"}},
	{Aspect: Idempotent, Name: "store", Kind: Expr, Need: true, Like: "s.store"},
	{Aspect: Idempotent, Name: "same", Kind: Key},
	{Aspect: Idempotent, Name: "ttl", Kind: Duration, Default: "24h", Min: ">0s"},
	{Aspect: Idempotent, Name: "lease", Kind: Duration, Default: "1m", Min: ">0s"},
	{Aspect: Idempotent, Name: "wait", Kind: Duration, Default: "0s", Min: "0s"},

	{Aspect: Cache, Name: "key", Kind: Key, Value: true, Need: true, Like: "id"},
	{Aspect: Cache, Name: "ttl", Kind: Duration, Min: "0s"},
	{Aspect: Cache, Name: "size", Kind: Int, Default: "10000", Min: "1"},
	{Aspect: Cache, Name: "negative", Kind: Bool, Default: "false"},

	{Aspect: Fallback, Name: "func", Kind: Call, Value: true, Need: true, Like: "s.cached"},
	{Aspect: Fallback, Name: "on", Kind: Sentinel},
	{Aspect: Fallback, Name: "skip", Kind: Sentinel},
	{Aspect: Fallback, Name: "err", Kind: Result},

	{Aspect: Timeout, Name: "after", Kind: Duration, Value: true, Need: true, Like: "2s", Min: ">0s"},
	{Aspect: Timeout, Name: "err", Kind: Result},

	{Aspect: Hedge, Name: "delay", Kind: Duration, Value: true, Need: true, Like: "50ms", Min: ">0s"},
	{Aspect: Hedge, Name: "max", Kind: Int, Default: "2", Min: "2", Max: "10"},
	{Aspect: Hedge, Name: "budget", Kind: Float, Min: ">0", Max: "1"},
	{Aspect: Hedge, Name: "close", Kind: Closer},
	{Aspect: Hedge, Name: "if", Kind: Func},
	{Aspect: Hedge, Name: "unless", Kind: Func},
	{Aspect: Hedge, Name: "on", Kind: Sentinel},
	{Aspect: Hedge, Name: "skip", Kind: Sentinel},

	{Aspect: Retry, Name: "attempts", Kind: Int, Default: "3", Min: "1", Max: "100"},
	{Aspect: Retry, Name: "initial", Kind: Duration, Default: "100ms", Min: "0s"},
	{Aspect: Retry, Name: "max", Kind: Duration, Default: "5s", Min: "0s"},
	{Aspect: Retry, Name: "factor", Kind: Float, Default: "2", Min: "1", Max: "100"},
	{Aspect: Retry, Name: "jitter", Kind: Float, Default: "0.5", Min: "0", Max: "1"},
	{Aspect: Retry, Name: "elapsed", Kind: Duration, Min: ">0s"},
	{Aspect: Retry, Name: "each", Kind: Duration, Min: ">0s"},
	{Aspect: Retry, Name: "budget", Kind: Float, Default: "0.2", Min: "0", Max: "1"},
	{Aspect: Retry, Name: "spans", Kind: String, OneOf: []string{"attempt"}},
	{Aspect: Retry, Name: "if", Kind: Func},
	{Aspect: Retry, Name: "unless", Kind: Func},
	{Aspect: Retry, Name: "on", Kind: Sentinel},
	{Aspect: Retry, Name: "abort", Kind: Sentinel},
	{Aspect: Retry, Name: "err", Kind: Result},

	{Aspect: Breaker, Name: "name", Kind: String, Value: true},
	{Aspect: Breaker, Name: "failures", Kind: Int, Default: "5", Min: "1"},
	{Aspect: Breaker, Name: "rate", Kind: Float, Min: ">0", Max: "1"},
	{Aspect: Breaker, Name: "window", Kind: Window, Default: "20", Min: "1", Max: "100000"},
	{Aspect: Breaker, Name: "min", Kind: Int, Default: "20", Min: "1"},
	{Aspect: Breaker, Name: "slow", Kind: Duration, Min: ">0s"},
	{Aspect: Breaker, Name: "slowrate", Kind: Float, Default: "1", Min: ">0", Max: "1"},
	{Aspect: Breaker, Name: "cooldown", Kind: Duration, Default: "5s", Min: ">0s"},
	{Aspect: Breaker, Name: "probes", Kind: Int, Default: "1", Min: "1", Max: "1000"},
	{Aspect: Breaker, Name: "probe-timeout", Kind: Duration, Min: ">0s"},
	{Aspect: Breaker, Name: "key", Kind: Key},
	{Aspect: Breaker, Name: "if", Kind: Func},
	{Aspect: Breaker, Name: "unless", Kind: Func},
	{Aspect: Breaker, Name: "on", Kind: Sentinel},
	{Aspect: Breaker, Name: "skip", Kind: Sentinel},
	{Aspect: Breaker, Name: "err", Kind: Result},

	{Aspect: Bulkhead, Name: "name", Kind: String, Value: true},
	{Aspect: Bulkhead, Name: "max", Kind: Int, Default: "10", Min: "1"},
	{Aspect: Bulkhead, Name: "wait", Kind: Duration, Default: "0s", Min: "0s"},
	{Aspect: Bulkhead, Name: "queue", Kind: Int, Min: "0"},
}
