package runtimehooks

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/ratelimit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Sites returns what all registered sites are and have done, sorted by function.
func (p *PolicySet) Sites() []SiteState {
	now := time.Now()
	var list []SiteState
	for _, s := range registered() {
		list = append(list, s.snapshot(now))
	}
	slices.SortStableFunc(list, func(a, b SiteState) int { return strings.Compare(a.Function, b.Function) })
	return list
}

// snapshot returns what the site is and has done. It does not build the site: one that was never
// called has no state.
func (s *Site) snapshot(now time.Time) SiteState {
	out := SiteState{Function: s.Function, Name: s.Name, Stacks: s.Stacks, Aspects: s.aspectStates(overrides.Load())}
	st := s.state.Load()
	if st == nil {
		return out
	}
	t := &st.tally
	out.Failures, out.Calls = t.Failures.Load(), t.Latency.Count()
	out.Running = max(t.Started.Load()-out.Calls, 0)
	q := t.Latency.Quantiles(0.5, 0.9, 0.99)
	out.Latency = Latency{P50: q[0], P90: q[1], P99: q[2], Max: t.Latency.Max()}
	if st.breaker != nil {
		out.Breakers = append(out.Breakers, breakerStatus(st.breaker.Snapshot(now)))
		if k := st.breakers.Load(); k != nil {
			for _, b := range k.Snapshots(now) {
				out.Breakers = append(out.Breakers, breakerStatus(b))
			}
		}
	}
	if st.limiter != nil {
		out.Limits = append(out.Limits, limitStatus(st.limiter.Snapshot(now)))
		if k := st.limiters.Load(); k != nil {
			for _, l := range k.Snapshots(now, 100) {
				out.Limits = append(out.Limits, limitStatus(l))
			}
		}
	}
	if st.slots != nil {
		b := st.slots.Snapshot()
		out.Bulkhead = &BulkheadStatus{Name: b.Name, Running: b.Running, Waiting: b.Waiting, Max: b.Max}
	}
	out.Errors = st.latest.list()
	return out
}

func breakerStatus(b circuit.Snapshot) BreakerStatus {
	s := BreakerStatus{
		Name: b.Name, Key: b.Key, State: BreakerState(b.State), Forced: b.Mode != circuit.Auto,
		Wait: b.Wait, Failures: b.Failures, Opened: b.Opened, Ended: b.Ended,
	}
	for _, w := range b.Window {
		s.Window = append(s.Window, Slice{Calls: w.Calls, Failures: w.Failures, Slow: w.Slow})
	}
	return s
}

func limitStatus(l ratelimit.Snapshot) LimitStatus {
	return LimitStatus{Name: l.Name, Key: l.Key, Tokens: l.Tokens, Burst: l.Burst, Rate: l.Events, Per: l.Per}
}

// BreakerForce says who decides on a circuit breaker's state.
type BreakerForce uint8

// The breaker itself, or an operator.
const (
	BreakerAuto         = BreakerForce(circuit.Auto)         // the outcomes of calls
	BreakerForcedClosed = BreakerForce(circuit.ForcedClosed) // an operator: all calls go through
	BreakerForcedOpen   = BreakerForce(circuit.ForcedOpen)   // an operator: none does
)

// ForceBreaker sets who decides on the state of the breakers of a site, or only of that whose key
// has the text which is given, unless that is "". Sites that share a breaker share this. It is an
// error if the site has no such breaker, or has not been called, or if an operator is to decide and
// several keys have the text.
func (p *PolicySet) ForceBreaker(function, key string, to BreakerForce) error {
	now := time.Now()
	for _, s := range registered() {
		if s.Function != function {
			continue
		}
		st := s.load()
		switch {
		case st == nil || st.breaker == nil:
			return fmt.Errorf("force breaker: site %s has none", function)
		case key != "":
			return st.forceKey(s, key, circuit.Mode(to), now)
		default:
			st.breaker.Force(circuit.Mode(to), now)
			if k := st.breakers.Load(); k != nil {
				k.Force(circuit.Mode(to), now)
			}
		}
		changes.Add(1)
		return nil
	}
	return fmt.Errorf("force breaker: there is no site %s", function)
}

// forceKey is ForceBreaker for one key.
func (st *state) forceKey(s *Site, key string, to circuit.Mode, now time.Time) error {
	var list []*circuit.Breaker
	if k := st.breakers.Load(); k != nil {
		list = k.Written(key)
	}
	switch {
	case len(list) == 0:
		return fmt.Errorf("force breaker: site %s has none for the key %s", s.Function, key)
	case len(list) == 1, to == circuit.Auto: // to let all of them decide for themselves is never wrong
		for _, b := range list {
			b.Force(to, now)
		}
		return nil
	}
	return fmt.Errorf("force breaker: site %s has %d whose keys are written %s: force all or none", s.Function, len(list), key)
}

// keeping says whether sites remember their latest errors.
var keeping atomic.Bool

// KeepErrors has sites remember their latest errors, for [PolicySet.Sites], or not. Each failure
// then pays for its text.
func (p *PolicySet) KeepErrors(keep bool) { keeping.Store(keep) }

// errorRing holds the latest errors of a site.
type errorRing struct {
	mu      sync.Mutex
	records [8]ErrorRecord
	count   int
}

func (r *errorRing) add(f *telemetry.Failure, span trace.Span) {
	record := ErrorRecord{At: time.Now(), Type: bounded(f.Type), Text: bounded(f.Text())}
	if span != nil {
		if sc := span.SpanContext(); sc.HasTraceID() {
			record.TraceID = sc.TraceID().String()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records[r.count%len(r.records)] = record
	r.count++
}

// mostText is how much of a text is kept, in bytes.
const mostText = 4096

// bounded returns a text, or its beginning if it is long: a copy, for what is kept must not keep
// the whole.
func bounded(text string) string {
	if len(text) <= mostText {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:mostText]), "")
}

// list returns the records, newest first.
func (r *errorRing) list() []ErrorRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []ErrorRecord
	for i := r.count - 1; i >= max(0, r.count-len(r.records)); i-- {
		list = append(list, r.records[i%len(r.records)])
	}
	return list
}
