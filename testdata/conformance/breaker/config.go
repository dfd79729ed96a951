package breaker

import (
	"context"

	"example.com/conformance/harness"
)

// ConfigGlobal and ConfigMethod stay open for 2 s unless somebody says otherwise.
//
//instrument:breaker rate=1 window=4 cooldown=2s
func ConfigGlobal(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=4 cooldown=2s
func ConfigMethod(ctx context.Context, work harness.Work) error { return work(ctx) }
