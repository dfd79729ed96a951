package runtimehooks

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// Protocol is the way in for packages that know a protocol, such as httphooks. They write the
// telemetry of a call in the protocol's own terms, and leave the policies to the call. In the place
// of Enter they call Aspects and then Begin, in the place of Exit they call End; what lies between
// is that of every [Call].
type Protocol Call

// Protocol returns the call for a package that knows its protocol.
func (c *Call) Protocol() *Protocol { return (*Protocol)(c) }

// Aspects returns the effective aspects of the call's site: the same pointer until they change, nil
// if sites are switched off.
func (p *Protocol) Aspects() *Aspects {
	if p.state = p.Site.load(); p.state == nil {
		return nil
	}
	return &p.state.on
}

// Begin begins a call after Aspects, and returns the context for the body. The given context holds
// the call's span, which the protocol's package ends.
func (p *Protocol) Begin(ctx context.Context) context.Context {
	c := (*Call)(p)
	if c.state == nil {
		c.ctx, c.outer = ctx, ctx
		return ctx
	}
	c.span = trace.SpanFromContext(ctx)
	c.recording = c.span.IsRecording()
	return c.begin(ctx)
}

// Holds reports whether the call holds a permit or a slot. Then it matters how the call ends.
func (p *Protocol) Holds() bool { return p.permit.Held() || p.slot }

// Late reports whether the call has passed its own deadline, and not because the caller's context
// ended first.
func (p *Protocol) Late() bool {
	c := (*Call)(p)
	if c.state == nil {
		return false
	}
	c.tick()
	return c.missed()
}

// End ends a call that began with Begin. failure is nil for success, and left says that the
// function panicked or called runtime.Goexit.
func (p *Protocol) End(failure error, left bool) {
	c := (*Call)(p)
	if c.state == nil {
		return
	}
	c.tick()
	ending, outcome := unwind.Returned, circuit.Success
	if left {
		ending = unwind.Exited
	}
	switch {
	case failure != nil && !left && c.permit.Held() && c.endedByCaller(failure):
		outcome = circuit.Ended
	case failure != nil || left:
		outcome = circuit.Failure
	}
	c.end(ending, outcome, failure)
}

// Abort ends a call whose function ended its connection on purpose, by a panic that the protocol
// has for that. That is no failure of the function. The breaker counts it as one, unless the client
// has gone away: what is behind a proxy has not sent all.
func (p *Protocol) Abort() {
	c := (*Call)(p)
	if c.state == nil {
		return
	}
	c.tick()
	outcome := circuit.Failure
	if c.outer.Err() == context.Canceled {
		outcome = circuit.Ended
	}
	c.end(unwind.Exited, outcome, nil)
}

func (c *Call) end(ending unwind.Ending, outcome circuit.Outcome, failure error) {
	if c.permit.Held() {
		if c.slot {
			c.releaseSlot()
		}
		c.release(outcome)
	}
	f := telemetry.Failed(failure)
	c.conclude(ending, nil, failure, &f)
}
