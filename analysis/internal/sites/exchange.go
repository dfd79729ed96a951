package sites

import (
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/entries"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// judging are the aspects that understand a response: it tells them whether an attempt has failed,
// and may be given back. Their deadlines let go of one that the caller gets.
var judging = []string{option.Timeout, option.Hedge, option.Retry, option.Breaker}

// exchange returns how policies understand the function's response, or why they do not; neither for
// functions without one. The body must become a function literal for that, and get a request that is
// not the caller's own.
func exchange(exchanges *entries.Exchanges, f *source.Func, s *plan.Site, noAttempt func() string) (x *plan.Exchange, why string) {
	x, why = exchanges.Of(f)
	switch {
	case x == nil:
		return nil, why
	case x.Request >= 0 && s.Entry.Holds == plan.HoldsKeptRequest:
		return nil, "its body must not keep its request, of which each attempt gets a copy"
	case noAttempt() != "":
		return nil, noAttempt()
	}
	return x, ""
}

// understands reports whether an aspect understands the site's response.
func understands(s *plan.Site, def *aspects.Definition) bool {
	return s.Exchange != nil && slices.Contains(judging, def.Name)
}

// copiesRequest reports whether each attempt gets a request of its own, with its own context.
func copiesRequest(s *plan.Site) bool {
	return s.Exchange != nil && s.Exchange.Request >= 0 && s.Exchange.Request == s.Ctx
}

// heldExchange is an exchange in a package that holds it in a variable.
type heldExchange struct {
	pkg string
	ref plan.Ref
}

// hold names the variable that holds the exchange in the package.
func (b *Planner) hold(x *plan.Exchange, pkg string, names *source.Names) {
	key := heldExchange{pkg, x.Ref}
	if b.held[key] == "" {
		b.held[key] = names.Fresh("instrument" + plan.UpperFirst(x.Name))
	}
	x.Var = b.held[key]
}
