//go:build instrument

package spans

import "github.com/instrumentgo/instrument/aspects"

// The programs are many, and none of them has its policies changed while it runs.
var _ = aspects.Module(aspects.NoLive())
