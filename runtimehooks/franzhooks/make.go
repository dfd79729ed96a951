package franzhooks

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// NewClient is kgo.NewClient for a client whose records are recorded.
func NewClient(opts ...kgo.Opt) (*kgo.Client, error) { return kgo.NewClient(with(opts)...) }

// NewGroupTransactSession is kgo.NewGroupTransactSession for a session whose records are recorded.
func NewGroupTransactSession(opts ...kgo.Opt) (*kgo.GroupTransactSession, error) {
	return kgo.NewGroupTransactSession(with(opts)...)
}

// with returns a program's options and the hook, which comes last: it sees records as the program's
// own hooks have left them.
func with(opts []kgo.Opt) []kgo.Opt {
	if process.Off() {
		return opts
	}
	return append(slices.Clone(opts), kgo.WithHooks(new(hook)))
}
