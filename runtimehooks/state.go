package runtimehooks

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
	"github.com/instrumentgo/instrument/runtimehooks/internal/quiet"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// state is what a site computes once, and again when the program installs other providers or
// overrides change. Nothing of it changes but depth. A call keeps the state that it began with.
type state struct {
	*memory
	handles
	on        Aspects                     // the effective aspects
	overrides *override.Compiled[Aspects] // what they were made with

	tracers telemetry.Seen // the provider that tracer is from; unset without trace
	tracer  trace.Tracer   // nil without trace, and where the provider records nothing
	span    string         // name of the spans
	start   []trace.SpanStartOption
	attrs   []attribute.KeyValue // of recording spans

	meters    telemetry.Seen       // the provider that durations is from; unset without metrics
	durations *telemetry.Durations // nil without metrics
	policies  *policyMetrics       // nil without metrics or without policies

	missed     *TimeoutError // cause of the end of a context whose timeout is over
	missedEach *TimeoutError // likewise, of one attempt
	late       *bound.Reason // missed, as the context reports it
	lateEach   *bound.Reason // likewise, of one attempt
	clock      bool          // whether any aspect needs the time
	wall       bool          // whether somebody may read it: deadlines and changes of breakers are made of it
	slow       bool          // whether a gate may take a time worth a look at the clock
	gated      bool          // whether a gate stands outside the timeout, which begins after it then

	measurable bool
	incurious  bool // whether only a span reads the value of a panic
	depth      unwind.Depth
}

// load returns the site's state for a call that begins now, or nil if sites are switched off, for
// all or for what the running goroutine calls.
func (s *Site) load() *state {
	if process.Off() || quiet.Here() {
		return nil
	}
	st := s.state.Load()
	if st != nil && st.current() {
		return st
	}
	return s.build()
}

// current reports whether the providers and overrides are still those that st was built from.
func (st *state) current() bool {
	return (st.on.Trace == nil || st.tracers.Is(otel.GetTracerProvider())) &&
		(st.durations == nil || st.meters.Is(otel.GetMeterProvider())) && st.overrides == overrides.Load()
}

// incurious reports whether no aspect but trace reads the value of a panic. The functions that a
// generic one stands for have frames of several sizes under one site, where a distance means
// nothing.
func (s *Site) incurious(on *Aspects) bool {
	return on.Recover == nil && on.Log == nil && on.Cache == nil && !strings.Contains(s.Function, "[") && unwind.Measurable()
}

// build computes the state. What a site remembers outlives it.
func (s *Site) build() *state {
	warnWithoutLive()
	s.building.Lock()
	defer s.building.Unlock()
	old := s.state.Load()
	if old != nil && old.current() {
		return old
	}
	st := &state{overrides: overrides.Load()}
	st.on = s.effective(st.overrides)
	if old != nil {
		st.memory = old.memory
	} else {
		st.memory = new(memory)
	}
	st.handles = st.memory.adapt(s, &st.on, time.Now())
	st.incurious = s.incurious(&st.on)
	st.measurable = !strings.Contains(s.Function, "[") && unwind.Measurable()
	st.gated = s.Limit != nil || s.Authz != nil || s.Validate != nil || s.Idempotent != nil || s.Cache != nil
	st.slow = s.Authz != nil || s.Validate != nil || s.Idempotent != nil || s.Cache != nil || s.Limit != nil && st.on.Limit != nil && st.on.Limit.Wait > 0
	st.clock = st.on.Metrics != nil || st.on.Log != nil || st.on.timed()
	st.wall = st.on.Timeout != nil || st.on.Breaker != nil || st.on.Retry != nil && st.on.Retry.Each > 0
	s.observe(st)
	if st.on.Timeout != nil {
		st.missed = &TimeoutError{Site: s.Function, After: st.on.Timeout.After}
		st.late = bound.Because(context.DeadlineExceeded, st.missed)
	}
	if r := st.on.Retry; r != nil && r.Each > 0 {
		st.missedEach = &TimeoutError{Site: s.Function, After: r.Each}
		st.lateEach = bound.Because(context.DeadlineExceeded, st.missedEach)
	}
	s.state.Store(st)
	return st
}

// timed reports whether a policy needs the time.
func (a *Aspects) timed() bool {
	return a.Timeout != nil || a.Retry != nil || a.Breaker != nil || a.Limit != nil || a.Hedge != nil || a.Bulkhead != nil
}

// observe gets what the state needs of the installed providers.
func (s *Site) observe(st *state) {
	if t := st.on.Trace; t != nil {
		provider := otel.GetTracerProvider()
		st.tracers = telemetry.See(provider)
		if telemetry.Records(provider) {
			st.tracer = telemetry.Tracer(provider)
		}
		st.span = t.Name
		if st.span == "" {
			st.span = s.Name
		}
		st.start = []trace.SpanStartOption{trace.WithSpanKind(telemetry.Kind(t.Kind, trace.SpanKindInternal))}
		st.attrs = []attribute.KeyValue{telemetry.FunctionName(s.CodeName())}
	}
	if st.on.Metrics != nil {
		provider := otel.GetMeterProvider()
		st.meters, st.durations = telemetry.See(provider), telemetry.NewDurations(provider, s.CodeName())
		switch {
		case s.hasPolicies():
			st.policies = measurePolicies(provider, s)
		case s.Goroutine:
			measureTally(provider, s)
		}
	}
}

// hasPolicies reports whether the site was built with a policy that metrics speak of.
func (s *Site) hasPolicies() bool {
	return s.Limit != nil || s.Cache != nil || s.Fallback != nil || s.Timeout != nil || s.Hedge != nil || s.Retry != nil ||
		s.Breaker != nil || s.Bulkhead != nil
}
