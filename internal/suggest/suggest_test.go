package suggest

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"trace", "trace", 0},
		{"", "log", 3},
		{"log", "", 3},
		{"trase", "trace", 1},
		{"trcae", "trace", 1}, // neighbours changed places
		{"trac", "trace", 1},
		{"tracee", "trace", 1},
		{"ertry", "retry", 1},
		{"breakre", "breaker", 1},
		{"metric", "metrics", 1},
		{"metrcis", "metrics", 1},
		{"timeout", "retry", 6},
		{"ca", "abc", 3}, // a swap is of letters that no other change touches
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q there are %d changes, and not %d", c.a, c.b, c.want, got)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("from %q to %q there are %d changes, and not %d", c.b, c.a, c.want, got)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"as", "name", "attempts", "initial", "log"}
	for _, c := range []struct{ name, want string }{
		{"attemps", `did you mean "attempts"?`},
		{"Attempts", `did you mean "attempts"?`},
		{"intial", `did you mean "initial"?`},
		{"nmae", `did you mean "name"?`},
		{"a", `did you mean "as"?`},
		{"tries", ""},
		{"xy", ""}, // two changes make "as" of anything
		{"", ""},
	} {
		if got := DidYouMean(c.name, names); got != c.want {
			t.Errorf("for %q the suggestion must be %q, not %q", c.name, c.want, got)
		}
	}
	if got := DidYouMean("trace", nil); got != "" {
		t.Errorf("nothing to suggest must be nothing, not %q", got)
	}
}
