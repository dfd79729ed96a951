package expression

import "testing"

// Patterns mean what they mean to the go command, from the folder of the rule file.
func TestPackagePattern(t *testing.T) {
	for _, c := range []struct {
		at, pattern, path string
		want              bool
	}{
		{"m/a", ".", "m/a", true},
		{"m/a", ".", "m/a/b", false},
		{"m/a", "./...", "m/a", true},
		{"m/a", "./...", "m/a/b/c", true},
		{"m/a", "./...", "m/ab", false},
		{"m/a", "./b", "m/a/b", true},
		{"m/a", "..", "m", true},
		{"m/a", "..", "m/a", false},
		{"m/a", "../...", "m/b", true},
		{"m/a", "../b/...", "m/b/c", true},
		{"m/a", "m/b", "m/b", true},
		{"m/a", "m/b", "m/b/c", false},
		{"m/a", "m/b/...", "m/b", true},
		{"m/a", "m/b/...", "m/bc", false},
		{"m/a", "m/.../internal", "m/b/c/internal", true},
		{"m/a", "m/.../internal", "m/internal", false},
		{"m/a", "m/b...", "m/bc/d", true},
		{"m/a", "...", "m", true},
		{"m/a", "m.b", "mxb", false}, // a dot is a dot
		{"example.com/x", "./...", "examplexcom/x", false},
		{"m/a", "", "m/a", false},
		{"m/a", ".hidden", "m/a", false},
	} {
		if got := Pattern(c.at, c.pattern).MatchString(c.path); got != c.want {
			t.Errorf("%q in %s matches %s: %v, and must: %v", c.pattern, c.at, c.path, got, c.want)
		}
	}
}
