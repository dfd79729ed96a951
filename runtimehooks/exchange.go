package runtimehooks

import (
	"context"
	"reflect"
)

// Exchange says of functions that send a request of type Q and return a response of type R, such as
// (*http.Client).Do, what policies must know of them: what a response means, how a request is sent
// again, and what becomes of a response that nobody gets. A pack declares one for its library by
// aspects.Exchange. The methods are called by woven code alone.
type Exchange[Q, R any] struct {
	// Failure returns what an attempt means to policies: nil for a success, else an error, which may
	// say of itself what they look for: whose fault it is (Fault), when to come again (RetryAfter),
	// that trying again is in vain (Permanent). What the caller gets stays as it is.
	Failure func(response R, err error) error
	// Discard gives back a response that nobody gets.
	Discard func(response R)

	// Repeatable reports whether the request may be sent more than once. This and what follows is for
	// functions that have the request as a parameter.
	Repeatable func(request Q) bool
	// Again returns the request for an attempt. It has the context, unless that is nil.
	Again func(ctx context.Context, request Q, sending Sending) Q
	// Abandon gives up a request that no attempt has sent, or whose attempts have sent copies.
	Abandon func(request Q)
}

// Sending says how an attempt sends a request.
type Sending uint8

const (
	SendOnce  Sending = iota // no other attempt may follow
	SendFirst                // it is the first of several, and may use up what can be used once
	SendAgain                // what can be used once is used up, or another's: what it sends is a copy
)

// Begin begins the exchange of a call: one whose request is not repeatable has at most one attempt
// that sends it.
func (x *Exchange[Q, R]) Begin(c *Call, request Q) {
	if c.state != nil && (c.state.on.Retry != nil || c.state.on.Hedge != nil) && !x.Repeatable(request) {
		c.Once()
	}
}

// Attempt returns the request for the next attempt, with the context of that.
func (x *Exchange[Q, R]) Attempt(c *Call, request Q) Q { return x.attempt(c, c.ctx, request) }

// AttemptOf is Attempt for a request that keeps the context that it has.
func (x *Exchange[Q, R]) AttemptOf(c *Call, request Q) Q { return x.attempt(c, nil, request) }

func (x *Exchange[Q, R]) attempt(c *Call, ctx context.Context, request Q) Q {
	if c.state == nil {
		return request
	}
	sending := SendFirst
	switch {
	case c.once && !c.sent, c.state.on.Retry == nil && c.entrant == nil:
		sending = SendOnce
	case c.sent || c.entrant != nil:
		sending = SendAgain
	}
	c.sent = true
	return x.Again(ctx, request, sending)
}

// Judge ends an attempt and tells policies what its response means. It comes between the body and
// Next.
func (x *Exchange[Q, R]) Judge(c *Call, response R, err *error) {
	if c.state == nil {
		return
	}
	c.given = *err == nil
	c.ended(err)
	if failure := x.Failure(response, *err); failure != nil {
		m := c.extra()
		m.failure, m.discarded = failure, false
		if c.given {
			m.response, m.discards = response, x
		}
	}
}

// Made is [Call.Made] for the response of a branch.
func (x *Exchange[Q, R]) Made(c *Call, response R) {
	if c.entrant != nil {
		c.entrant.made, c.entrant.discards = []any{response}, x
	}
}

// End gives back a response that the caller does not get, because a policy has ended the call with
// an error since. It is deferred.
func (x *Exchange[Q, R]) End(c *Call, response *R, err *error) {
	if !c.given || *err == nil {
		return
	}
	if c.more == nil || !c.more.discarded {
		x.discard(*response)
	}
	var none R
	*response = none
}

// EndWith is End for a function that has the request as a parameter.
func (x *Exchange[Q, R]) EndWith(c *Call, request Q, response *R, err *error) {
	if c.state != nil && !c.sent {
		x.Abandon(request)
	}
	x.End(c, response, err)
}

// discards gives back responses of one type.
type discards interface{ discard(response any) }

func (x *Exchange[Q, R]) discard(response any) {
	if r, ok := response.(R); ok && !reflect.ValueOf(&r).Elem().IsZero() {
		x.Discard(r)
	}
}

// failure returns what the attempt that has ended with err means to policies.
func (c *Call) failure(err error) error {
	if c.more != nil && c.more.failure != nil {
		return c.more.failure
	}
	return err
}

// discard gives back the response of the attempt, which another one follows.
func (c *Call) discard() {
	if m := c.more; m != nil && m.discards != nil {
		m.discards.discard(m.response)
		m.response, m.discards, m.discarded = nil, nil, true
	}
}

// forget forgets what the attempt that has ended means.
func (c *Call) forget() {
	c.said = 0
	if c.more != nil {
		c.more.failure = nil
	}
}
