package providertest

import (
	"context"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// Quota is the quota of the bindings of cases about quotas.
const Quota = "64KiB"

// Piece is the size of what such cases write, chosen so that 12 pieces fit into Quota and 50 do
// not, whatever overhead a provider adds.
const Piece = 4 << 10

// RunQuota runs cases about quotas where the provider has them; elsewhere the option must be
// refused.
func RunQuota(t *testing.T, h Harness, names map[string]map[string]string, cases ...Case) {
	if h.Quota {
		Run(t, h, names, cases...)
	}
	t.Run("a_quota_that_cannot_be_kept_is_refused", func(t *testing.T) {
		text, want := "plenty", `parse option quota: "plenty" must be a size`
		if !h.Quota {
			text, want = Quota, `has no option "quota"`
		}
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "full", URL: h.URL(t),
			Options: map[string]bindings.Value{"quota": {Text: text}}}}}
		p, err := bindings.Open(t.Context(), env, h.Provider)
		if err == nil {
			p.Close(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("open with the quota %q: error is %v, want that it %s", text, err, want)
		}
	})
}

// Fill writes until the quota is reached, and returns how often that went well.
func Fill(t *testing.T, write func(i int) error) int {
	t.Helper()
	for i := range 10_000 {
		if err := write(i); err != nil {
			Code(t, "write over the quota", err, bindings.ResourceExhausted)
			if i < 5 {
				t.Fatalf("the quota of %s is reached by %d writes", Quota, i)
			}
			return i
		}
	}
	t.Fatalf("the quota of %s is never reached", Quota)
	return 0
}
