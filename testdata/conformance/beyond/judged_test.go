package beyond_test

import (
	"errors"
	"testing"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// A predicate that takes the results is asked about every attempt, whether its error is nil or not.
func TestJudgedResults(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		err    error
		calls  int // with a retry
		opens  bool
	}{
		{"a good result", 200, nil, 1, false},
		{"a result that if reports", 503, nil, 3, true},
		{"an error that if reports", 0, beyond.ErrAsked, 3, true},
		{"unless beats if", 400, beyond.ErrOther, 1, false},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			ask := func() (beyond.Reply, error) { calls++; return beyond.Reply{Status: c.status}, c.err }
			r, err := beyond.RetryJudged(t.Context(), ask)
			harness.Equal(t, "status", r.Status, c.status) // the last results are the caller's
			harness.Is(t, err, c.err)
			harness.Equal(t, "calls", calls, c.calls)

			good := func() (beyond.Reply, error) { return beyond.Reply{Status: 200}, nil }
			harness.Fresh(t,
				func() error {
					_, err := beyond.BreakerJudged(t.Context(), func() (beyond.Reply, error) { return beyond.Reply{}, beyond.ErrOther })
					return err
				},
				func() error { _, err := beyond.BreakerJudged(t.Context(), good); return err })
			_, err = beyond.BreakerJudged(t.Context(), ask)
			harness.Is(t, err, c.err)
			_, err = beyond.BreakerJudged(t.Context(), good)
			harness.Equal(t, "the breaker opens", errors.Is(err, runtimehooks.ErrOpen), c.opens)
		})
	}
}
