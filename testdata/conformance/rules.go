//go:build instrument

package conformance

import (
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"

	"example.com/conformance/interceptor"
)

// What directives cannot say: stacks, by which policies are overridden together, custom advice with its order, and what a response means.
var _ = aspects.Module(
	aspects.Stack("client", aspects.Trace()),
	aspects.Stack("other client", aspects.Trace()),

	aspects.Exchange("a response of net/http", httphooks.Responses),

	aspects.Order("early", "late"),
	aspects.Rule("intercepted", aspects.Methods((*interceptor.Component)(nil)),
		aspects.Around("early", interceptor.Early), aspects.Around("late", interceptor.Late)),
)
