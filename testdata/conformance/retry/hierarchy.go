package retry

import (
	"context"

	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
)

var _ = hierarchy.E0 // named by the directives

//instrument:retry attempts=2 initial=0s on=hierarchy.E0 on=hierarchy.E2 abort=hierarchy.E1 budget=0
func ServiceA(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s on=hierarchy.Exception on=hierarchy.E1 abort=hierarchy.E0 abort=hierarchy.E2 budget=0
func ServiceB(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s on=hierarchy.E1 on=hierarchy.E2 abort=hierarchy.E0 budget=0
func ServiceC(ctx context.Context, work harness.Work) error { return work(ctx) }
