//go:build instrument

package conformance

import (
	"github.com/instrumentgo/instrument/aspects"

	"example.com/conformance/interceptor"
)

// What directives cannot say: stacks, by which policies are overridden together, and custom advice with its order.
var _ = aspects.Module(
	aspects.Stack("client", aspects.Trace()),
	aspects.Stack("other client", aspects.Trace()),

	aspects.Order("early", "late"),
	aspects.Rule("intercepted", aspects.Methods((*interceptor.Component)(nil)),
		aspects.Around("early", interceptor.Early), aspects.Around("late", interceptor.Late)),
)
