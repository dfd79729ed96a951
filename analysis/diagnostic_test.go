package analysis

import (
	"go/token"
	"slices"
	"testing"
)

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
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q there are %d changes, and not %d", c.a, c.b, c.want, got)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("from %q to %q there are %d changes, and not %d", c.b, c.a, c.want, got)
		}
	}
}

func TestSuggest(t *testing.T) {
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
		if got := Suggest(c.name, names); got != c.want {
			t.Errorf("for %q the suggestion must be %q, not %q", c.name, c.want, got)
		}
	}
	if got := Suggest("trace", nil); got != "" {
		t.Errorf("nothing to suggest must be nothing, not %q", got)
	}
}

func TestSorted(t *testing.T) {
	at := func(file string, line, column int) token.Position {
		return token.Position{Filename: file, Line: line, Column: column}
	}
	var ds Diagnostics
	ds.add(at("/m/b.go", 1, 1), "", "b")
	ds.add(at("/m/a.go", 10, 1), "", "late")
	ds.add(at("/m/a.go", 9, 2), "hint", "second")
	ds.add(at("/m/a.go", 9, 1), "", "first")
	ds.add(at("/m/a.go", 9, 2), "hint", "second")
	ds.add(token.Position{}, "", "nowhere")
	var got []string
	for _, d := range ds.Sorted() {
		got = append(got, d.Format("/m"))
	}
	want := []string{"nowhere", "a.go:9:1: first", "a.go:9:2: second (hint)", "a.go:10:1: late", "b.go:1:1: b"}
	if !slices.Equal(got, want) {
		t.Errorf("findings must be %q, not %q", want, got)
	}
}

func TestRelative(t *testing.T) {
	for _, c := range []struct{ dir, file, want string }{
		{"/m", "/m/a/b.go", "a/b.go"},
		{"/m/a", "/m/b/b.go", "../b/b.go"},
		{"/m/a/b/c", "/x/b.go", "/x/b.go"}, // shorter so
	} {
		if got := Relative(c.dir, c.file); got != c.want {
			t.Errorf("%s must be %s in %s, not %s", c.file, c.want, c.dir, got)
		}
	}
}
