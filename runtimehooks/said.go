package runtimehooks

// said is what functions of the user's that take the results say of those of one attempt: three
// bits for each policy that has such functions. The zero said is nothing: none was asked.
type said uint16

// The bits of one policy.
const (
	ifAsked said = 1 << iota
	ifYes
	unlessYes
	bitsOfPolicy = iota
)

// The policies, by the place of their bits.
const (
	ofRetry = bitsOfPolicy * iota
	ofBreaker
	ofHedge
)

// of returns what was said for one policy.
func (s said) of(policy int) said { return s >> policy & (1<<bitsOfPolicy - 1) }

func (s said) yes() bool   { return s&ifYes != 0 }
func (s said) no() bool    { return s&(ifAsked|ifYes) == ifAsked }
func (s said) never() bool { return s&unlessYes != 0 }

// say notes what a function has said for a policy.
func (c *Call) say(policy int, what said, yes bool) {
	if what == ifYes {
		c.said |= ifAsked << policy
	}
	if yes {
		c.said |= what << policy
	}
}

// RetryIf tells the retry what its function If says of the results of the attempt, where that takes
// the results: whether it is to be made again, also if its error is nil. It comes after [Call.Ended],
// like the methods below.
func (c *Call) RetryIf(again bool) { c.say(ofRetry, ifYes, again) }

// RetryUnless tells the retry what its function Unless says: whether the attempt is final.
func (c *Call) RetryUnless(final bool) { c.say(ofRetry, unlessYes, final) }

// BreakerIf tells the breaker what its function If says: whether the attempt has failed, also if its
// error is nil.
func (c *Call) BreakerIf(failed bool) { c.say(ofBreaker, ifYes, failed) }

// BreakerUnless tells the breaker what its function Unless says: whether the attempt has succeeded.
func (c *Call) BreakerUnless(succeeded bool) { c.say(ofBreaker, unlessYes, succeeded) }

// Hedged reports whether the call is a branch of a hedged one, whose results functions of the user's
// are asked about.
func (c *Call) Hedged() bool { return c.entrant != nil }

// HedgeIf tells the hedge what its function If says of the branch's results: whether another branch
// may do better, also if the error is nil.
func (c *Call) HedgeIf(failed bool) { c.say(ofHedge, ifYes, failed) }

// HedgeUnless tells the hedge what its function Unless says: whether the branch's results are the
// call's.
func (c *Call) HedgeUnless(final bool) { c.say(ofHedge, unlessYes, final) }
