package finding

import (
	"go/token"
	"slices"
	"testing"
)

func TestSorted(t *testing.T) {
	at := func(file string, line, column int) token.Position {
		return token.Position{Filename: file, Line: line, Column: column}
	}
	var ds List
	ds.Add(at("/m/b.go", 1, 1), "", "b")
	ds.Add(at("/m/a.go", 10, 1), "", "late")
	ds.Add(at("/m/a.go", 9, 2), "hint", "second")
	ds.Add(at("/m/a.go", 9, 1), "", "first")
	ds.Add(at("/m/a.go", 9, 2), "hint", "second")
	ds.Add(token.Position{}, "", "nowhere")
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
