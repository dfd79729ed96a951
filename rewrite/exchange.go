package rewrite

import (
	"fmt"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file writes the statements by which policies understand a response: what begins and ends the
// exchange, what each attempt sends, and what its response means.

// callPointer returns a pointer to the runtimehooks.Call of the function, or of the branch of a
// hedge that the text stands in.
func (f *statements) callPointer(inBranch bool) string {
	switch {
	case inBranch:
		return f.call
	case f.site.Entry.Holds == plan.HoldsCopiedRequest: // the record of such a call embeds it
		return "&" + f.call + ".Call"
	}
	return "&" + f.call
}

// beginExchange returns the statements before all others that may end the call.
func (f *statements) beginExchange() string {
	x := f.site.Exchange
	if x == nil {
		return ""
	}
	call, response, failure := f.callPointer(false), f.nameResult(0), f.nameResult(f.site.Err)
	if x.Request < 0 {
		return fmt.Sprintf("\tdefer %s.End(%s, &%s, &%s)\n", x.Var, call, response, failure)
	}
	request := f.nameParam(x.Request)
	return fmt.Sprintf("\tdefer %s.EndWith(%s, %s, &%s, &%s)\n\t%s.Begin(%s, %s)\n", x.Var, call, request, response, failure, x.Var, call, request)
}

// sent returns the argument for the request of an attempt; text is what it would be without an
// exchange.
func (f *statements) sent(text, context string) string {
	x := f.site.Exchange
	method := "Attempt"
	if x.Request != f.site.Ctx || context != "" {
		method = "AttemptOf" // it has the context that it is to have
	}
	return fmt.Sprintf("%s.%s(%s, %s)", x.Var, method, f.callPointer(f.site.Hedge), text)
}

// judge returns the statement that tells policies what the response means.
func (f *statements) judge(indent, response, failure string) string {
	if f.site.Exchange == nil {
		return ""
	}
	return fmt.Sprintf("%s%s.Judge(%s, %s, &%s)\n", indent, f.site.Exchange.Var, f.callPointer(f.site.Hedge), response, failure)
}
