package callsites

import "testing"

// Internal folders may be imported from below their parent.
func TestImportable(t *testing.T) {
	for _, c := range []struct {
		path, from string
		want       bool
	}{
		{"m/a", "m/b", true},
		{"m/internal/a", "m/b", true},
		{"m/internal/a", "m", true},
		{"m/a/internal/b", "m/b", false},
		{"m/a/internal", "m/a/c/d", true},
		{"m/internal/a/internal/b", "m/internal/a", true},
		{"m/internal/a/internal/b", "m/c", false},
		{"internal/poll", "m", false},
		{"net/internal/x", "net/http", true},
		{"vendor/golang.org/x/net/idna", "m", false},
		{"m/internals/a", "n", true},
	} {
		if got := importable(c.path, c.from); got != c.want {
			t.Errorf("%s may import %s: %v", c.from, c.path, got)
		}
	}
}
