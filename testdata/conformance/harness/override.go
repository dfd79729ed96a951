package harness

import (
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Override overrides policies until the end of the test.
func Override(t *testing.T, o runtimehooks.Overrides) {
	t.Helper()
	if err := runtimehooks.Policies().Override(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtimehooks.Policies().Override(runtimehooks.Overrides{}); err != nil {
			t.Error(err)
		}
	})
}
