package runtimehooks

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// aspectRules says of each aspect, in the default order, what overrides may do to it. The bounds are those of directives.
var aspectRules = []*aspectRule{
	rules("recover", func(a *Aspects) **Recover { return &a.Recover },
		option("as", ints, bounds{min: "400", max: "599"}, func(r *Recover) *int { return &r.Status })),
	rules("trace", func(a *Aspects) **Trace { return &a.Trace },
		option("kind", words, bounds{oneOf: []string{"internal", "server", "client", "producer", "consumer"}}, func(t *Trace) *string { return &t.Kind })).
		fix("it is what spans are found by", "name").
		fix(inCode, "attr", "err", "stream"),
	rules[Metrics]("metrics", func(a *Aspects) **Metrics { return &a.Metrics }).
		fix(inCode, "err", "stream"),
	rules("log", func(a *Aspects) **Log { return &a.Log },
		option("level", levels, bounds{oneOf: []string{"debug", "info", "warn", "error"}}, func(l *Log) *slog.Level { return &l.Level }),
		option("slow", durations, bounds{min: ">0s"}, func(l *Log) *time.Duration { return &l.Slow })).
		fix(inCode, "err"),
	rules("limit", func(a *Aspects) **Limit { return &a.Limit },
		rateOption(),
		option("burst", ints, bounds{min: "1"}, func(l *Limit) *int { return &l.Burst }),
		option("wait", durations, bounds{min: "0s"}, func(l *Limit) *time.Duration { return &l.Wait })).
		share(func(a *Aspects) string { return a.Limit.Name }).
		fix(inCode, "key"),
	rules[Authz]("authz", func(a *Aspects) **Authz { return &a.Authz }).
		keep("what it guards would be open to everybody").
		fix(inCode, "func"),
	rules[Validate]("validate", func(a *Aspects) **Validate { return &a.Validate }).
		keep("the body would meet arguments that it was not written for").
		fix(inCode, "func"),
	rules("idempotent", func(a *Aspects) **Idempotent { return &a.Idempotent },
		option("ttl", durations, bounds{min: ">0s"}, func(i *Idempotent) *time.Duration { return &i.TTL }),
		option("lease", durations, bounds{min: ">0s"}, func(i *Idempotent) *time.Duration { return &i.Lease }),
		option("wait", durations, bounds{min: "0s"}, func(i *Idempotent) *time.Duration { return &i.Wait })).
		keep("what must happen once would happen again").
		fix(inCode, "key", "store"),
	rules("cache", func(a *Aspects) **Cache { return &a.Cache },
		option("ttl", durations, bounds{min: "0s"}, func(c *Cache) *time.Duration { return &c.TTL }),
		option("size", ints, bounds{min: "1"}, func(c *Cache) *int { return &c.Size }),
		option("negative", bools, bounds{}, func(c *Cache) *bool { return &c.Negative })).
		fix(inCode, "key", "err"),
	rules[Fallback]("fallback", func(a *Aspects) **Fallback { return &a.Fallback }).
		fix(inCode, "func", "on", "skip", "err"),
	rules("timeout", func(a *Aspects) **Timeout { return &a.Timeout },
		option("after", durations, bounds{min: ">0s"}, func(t *Timeout) *time.Duration { return &t.After })).
		fix(inCode, "err"),
	rules("hedge", func(a *Aspects) **Hedge { return &a.Hedge },
		option("delay", durations, bounds{min: ">0s"}, func(h *Hedge) *time.Duration { return &h.Delay }),
		option("max", ints, bounds{min: "2", max: "10"}, func(h *Hedge) *int { return &h.Max }),
		option("budget", floats, bounds{min: ">0", max: "1"}, func(h *Hedge) *float64 { return &h.Budget })).
		fix(inCode, "err"),
	rules("retry", func(a *Aspects) **Retry { return &a.Retry },
		option("attempts", ints, bounds{min: "1", max: "100"}, func(r *Retry) *int { return &r.Attempts }),
		option("initial", durations, bounds{min: "0s"}, func(r *Retry) *time.Duration { return &r.Initial }),
		option("max", durations, bounds{min: "0s"}, func(r *Retry) *time.Duration { return &r.Max }),
		option("factor", floats, bounds{min: "1", max: "100"}, func(r *Retry) *float64 { return &r.Factor }),
		option("jitter", floats, bounds{min: "0", max: "1"}, func(r *Retry) *float64 { return &r.Jitter }),
		option("elapsed", durations, bounds{min: ">0s"}, func(r *Retry) *time.Duration { return &r.Elapsed }),
		option("each", durations, bounds{min: ">0s"}, func(r *Retry) *time.Duration { return &r.Each }),
		option("budget", floats, bounds{min: "0", max: "1"}, func(r *Retry) *float64 { return &r.Budget }),
		option("spans", words, bounds{oneOf: []string{"attempt"}}, func(r *Retry) *string { return &r.Spans })).
		fix(inCode, "if", "unless", "on", "abort", "err"),
	rules("breaker", func(a *Aspects) **Breaker { return &a.Breaker },
		option("failures", ints, bounds{min: "1"}, func(b *Breaker) *int { return &b.Failures }).then(func(b *Breaker) { b.Rate = 0 }),
		option("rate", floats, bounds{min: ">0", max: "1"}, func(b *Breaker) *float64 { return &b.Rate }).then(windowed),
		windowOption(),
		option("min", ints, bounds{min: "1"}, func(b *Breaker) *int { return &b.Min }),
		option("slow", durations, bounds{min: ">0s"}, func(b *Breaker) *time.Duration { return &b.Slow }).then(windowed),
		option("slowrate", floats, bounds{min: ">0", max: "1"}, func(b *Breaker) *float64 { return &b.SlowRate }),
		option("cooldown", durations, bounds{min: ">0s"}, func(b *Breaker) *time.Duration { return &b.Cooldown }),
		option("probes", ints, bounds{min: "1", max: "1000"}, func(b *Breaker) *int { return &b.Probes })).
		share(func(a *Aspects) string { return a.Breaker.Name }).
		fix(inCode, "key", "on", "skip", "err"),
	rules("bulkhead", func(a *Aspects) **Bulkhead { return &a.Bulkhead },
		option("max", ints, bounds{min: "1"}, func(b *Bulkhead) *int { return &b.Max }),
		option("wait", durations, bounds{min: "0s"}, func(b *Bulkhead) *time.Duration { return &b.Wait }),
		option("queue", ints, bounds{min: "0"}, func(b *Bulkhead) *int { return &b.Queue })).
		share(func(a *Aspects) string { return a.Bulkhead.Name }),
}

// inCode is why most options that cannot be overridden cannot be.
const inCode = "it is part of the woven code"

// rateOption is the option of a limit. The burst follows it where it was as large.
func rateOption() typedOption[Limit] {
	return typedOption[Limit]{
		name: "rate", kind: KindRate,
		parse: func(text string) (func(*Limit), error) {
			n, per, err := parseRate(text)
			return func(l *Limit) {
				if l.Burst == l.Rate {
					l.Burst = n
				}
				l.Rate, l.Per = n, per
			}, err
		},
		text: func(l *Limit) string { return formatRate(l.Rate, l.Per) },
	}
}

// windowOption is the option of a breaker: calls, or a time.
func windowOption() typedOption[Breaker] {
	return typedOption[Breaker]{
		name: "window", kind: KindWindow, bounds: bounds{min: "1", max: "100000"},
		parse: func(text string) (func(*Breaker), error) {
			if d, err := time.ParseDuration(text); err == nil && text != "0" {
				if d <= 0 {
					return nil, fmt.Errorf("must be more than 0s, not %s", formatDuration(d))
				}
				return func(b *Breaker) { b.Window, b.Period = 0, d; windowed(b) }, nil
			}
			k := ints
			k.want = "a whole number of calls or a duration such as 30s"
			n, err := k.read(text, bounds{min: "1", max: "100000"})
			return func(b *Breaker) { b.Window, b.Period = n, 0 }, err
		},
		text: func(b *Breaker) string {
			switch {
			case b.Period > 0:
				return formatDuration(b.Period)
			case b.Window > 0:
				return strconv.Itoa(b.Window)
			}
			return ""
		},
	}
}

// windowed gives a breaker that is to judge by a window what a directive would have given it by default.
func windowed(b *Breaker) {
	if b.Window == 0 && b.Period == 0 {
		b.Window = 20
	}
	if b.Period > 0 && b.Min == 0 {
		b.Min = 20
	}
	if b.Slow > 0 && b.SlowRate == 0 {
		b.SlowRate = 1
	}
}

// exclusive are options of which one makes the other meaningless.
var exclusive = map[string][2]string{"breaker": {"failures", "rate"}}

// ruleOf returns the rule of a built-in aspect.
func ruleOf(aspect string) (*aspectRule, bool) {
	i := slices.IndexFunc(aspectRules, func(r *aspectRule) bool { return r.name == aspect })
	if i < 0 {
		return nil, false
	}
	return aspectRules[i], true
}
