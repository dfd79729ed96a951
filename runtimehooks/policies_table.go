package runtimehooks

import (
	"log/slog"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
)

// overridable says of each aspect, in the default order, which fields hold its options. What is
// left out cannot be overridden.
var overridable = override.Table[Aspects]{
	override.Of(option.Recover, func(a *Aspects) **Recover { return &a.Recover },
		override.At("as", func(r *Recover) *int { return &r.Status })),
	override.Of(option.Trace, func(a *Aspects) **Trace { return &a.Trace },
		override.At("kind", func(t *Trace) *string { return &t.Kind })).
		Titled(func(a *Aspects) string { return a.Trace.Name }, "it is what spans are found by"),
	override.Of(option.Metrics, func(a *Aspects) **Metrics { return &a.Metrics }),
	override.Of(option.Log, func(a *Aspects) **Log { return &a.Log },
		override.At("level", func(l *Log) *slog.Level { return &l.Level }),
		override.At("slow", func(l *Log) *time.Duration { return &l.Slow })),
	override.Of(option.Limit, func(a *Aspects) **Limit { return &a.Limit },
		limitRate(),
		override.At("burst", func(l *Limit) *int { return &l.Burst }),
		override.At("wait", func(l *Limit) *time.Duration { return &l.Wait })).
		Share(func(a *Aspects) string { return a.Limit.Name }),
	override.Of(option.Authz, func(a *Aspects) **Authz { return &a.Authz }).
		Keep("what it guards would be open to everybody"),
	override.Of(option.Validate, func(a *Aspects) **Validate { return &a.Validate }).
		Keep("the body would meet arguments that it was not written for"),
	override.Of(option.Idempotent, func(a *Aspects) **Idempotent { return &a.Idempotent },
		override.At("ttl", func(i *Idempotent) *time.Duration { return &i.TTL }),
		override.At("lease", func(i *Idempotent) *time.Duration { return &i.Lease }),
		override.At("wait", func(i *Idempotent) *time.Duration { return &i.Wait })).
		Keep("what must happen once would happen again"),
	override.Of(option.Cache, func(a *Aspects) **Cache { return &a.Cache },
		override.At("ttl", func(c *Cache) *time.Duration { return &c.TTL }),
		override.At("size", func(c *Cache) *int { return &c.Size }),
		override.At("negative", func(c *Cache) *bool { return &c.Negative })),
	override.Of(option.Fallback, func(a *Aspects) **Fallback { return &a.Fallback }),
	override.Of(option.Timeout, func(a *Aspects) **Timeout { return &a.Timeout },
		override.At("after", func(t *Timeout) *time.Duration { return &t.After })),
	override.Of(option.Hedge, func(a *Aspects) **Hedge { return &a.Hedge },
		override.At("delay", func(h *Hedge) *time.Duration { return &h.Delay }),
		override.At("max", func(h *Hedge) *int { return &h.Max }),
		override.At("budget", func(h *Hedge) *float64 { return &h.Budget })),
	override.Of(option.Retry, func(a *Aspects) **Retry { return &a.Retry },
		override.At("attempts", func(r *Retry) *int { return &r.Attempts }),
		override.At("initial", func(r *Retry) *time.Duration { return &r.Initial }),
		override.At("max", func(r *Retry) *time.Duration { return &r.Max }),
		override.At("factor", func(r *Retry) *float64 { return &r.Factor }),
		override.At("jitter", func(r *Retry) *float64 { return &r.Jitter }),
		override.At("elapsed", func(r *Retry) *time.Duration { return &r.Elapsed }),
		override.At("each", func(r *Retry) *time.Duration { return &r.Each }),
		override.At("budget", func(r *Retry) *float64 { return &r.Budget }),
		override.At("spans", func(r *Retry) *string { return &r.Spans })),
	override.Of(option.Breaker, func(a *Aspects) **Breaker { return &a.Breaker },
		override.At("failures", func(b *Breaker) *int { return &b.Failures }).Then(func(b *Breaker) { b.Rate = 0 }),
		override.At("rate", func(b *Breaker) *float64 { return &b.Rate }).Then(windowed),
		breakerWindow(),
		override.At("min", func(b *Breaker) *int { return &b.Min }),
		override.At("slow", func(b *Breaker) *time.Duration { return &b.Slow }).Then(windowed),
		override.At("slowrate", func(b *Breaker) *float64 { return &b.SlowRate }),
		override.At("cooldown", func(b *Breaker) *time.Duration { return &b.Cooldown }),
		override.At("probes", func(b *Breaker) *int { return &b.Probes }),
		override.At("probe-timeout", func(b *Breaker) *time.Duration { return &b.ProbeTimeout })).
		Share(func(a *Aspects) string { return a.Breaker.Name }),
	override.Of(option.Bulkhead, func(a *Aspects) **Bulkhead { return &a.Bulkhead },
		override.At("max", func(b *Bulkhead) *int { return &b.Max }),
		override.At("wait", func(b *Bulkhead) *time.Duration { return &b.Wait }),
		override.At("queue", func(b *Bulkhead) *int { return &b.Queue })).
		Share(func(a *Aspects) string { return a.Bulkhead.Name }),
}

// limitRate is the rate of a limit. The burst follows it where it was as large.
func limitRate() override.Field[Limit] {
	return override.Field[Limit]{
		Name: "rate",
		Set: func(l *Limit, v option.Value) {
			pace := v.(option.Pace)
			if l.Burst == l.Rate {
				l.Burst = pace.N
			}
			l.Rate, l.Per = pace.N, pace.Per
		},
		Get: func(l *Limit) option.Value { return option.Pace{N: l.Rate, Per: l.Per} },
	}
}

// breakerWindow is the window of a breaker: calls, or a time.
func breakerWindow() override.Field[Breaker] {
	return override.Field[Breaker]{
		Name: "window",
		Set: func(b *Breaker, v option.Value) {
			b.Window, _ = v.(int)
			b.Period, _ = v.(time.Duration)
			windowed(b)
		},
		Get: func(b *Breaker) option.Value {
			if b.Period > 0 {
				return b.Period
			}
			return b.Window
		},
	}
}

// windowed gives a breaker that is to judge by a window what a directive would have given it by
// default.
func windowed(b *Breaker) {
	if b.Window == 0 && b.Period == 0 {
		b.Window = breakerDefault("window").(int)
	}
	if b.Period > 0 && b.Min == 0 {
		b.Min = breakerDefault("min").(int)
	}
	if b.Slow > 0 && b.SlowRate == 0 {
		b.SlowRate = breakerDefault("slowrate").(float64)
	}
}

func breakerDefault(name string) option.Value {
	spec := option.Must(option.Breaker, name)
	v, _ := option.Parse(spec, spec.Default) // a test reads every default
	return v
}

// OverridableAspect says what an override may change of an aspect.
type OverridableAspect struct {
	Name     string
	Required string // why its option "enabled" cannot be false; "" if it can
	Options  []OverridableOption
}

// OverridableOption is an option that an override may change.
type OverridableOption struct {
	Name  string
	Kind  OptionKind
	Min   string   // lowest allowed value, "" for none; an open bound begins with ">"
	Max   string   // highest allowed value, "" for none
	OneOf []string // the allowed values, where they are few
}

// OptionKind is the type of an overridable option's value.
type OptionKind = option.Kind

// The kinds. The text forms are those of a directive.
const (
	KindDuration = option.Duration // as time.ParseDuration reads it: 50ms, 2s
	KindInt      = option.Int      // decimal
	KindFloat    = option.Float    // decimal
	KindBool     = option.Bool     // true or false
	KindString   = option.String   // one of a few words
	KindLevel    = option.Level    // debug, info, warn or error
	KindRate     = option.Rate     // a whole number of calls in a time: 100/s, 20/m, 5/h or 10/250ms
	KindWindow   = option.Window   // a whole number of calls, or a duration
)

// Overridable returns what overrides may change of the built-in aspects, in their default order.
func Overridable() []OverridableAspect {
	list := make([]OverridableAspect, 0, len(overridable))
	for _, r := range overridable {
		a := OverridableAspect{Name: r.Aspect, Required: r.Required}
		for _, o := range r.Options() {
			a.Options = append(a.Options, OverridableOption{Name: o.Name, Kind: o.Kind, Min: o.Min, Max: o.Max, OneOf: slices.Clone(o.OneOf)})
		}
		list = append(list, a)
	}
	return list
}
