package rewrite

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/analysis/plan"
)

func TestWeaveErrors(t *testing.T) {
	for name, test := range map[string]struct{ sites, src, want string }{
		"no body":      {"x F shape=prologue entry=none", "func F()", "weave a.go: function F: it must have a body"},
		"no context":   {"x F shape=prologue entry=context ctx=1", "func F(int) {}", "weave a.go: function F: it must have a parameter 1 for its context, and has 1 parameters"},
		"no error":     {"x F shape=prologue entry=none err=0 errkind=error", "func F() {}", "weave a.go: function F: it must have a result 0 for its error, and has 0 results"},
		"no attribute": {"x F shape=prologue entry=none attr=a", "func F(b int) {}", "weave a.go: function F: it must have a parameter a for its expression a"},
		"attempt":      {"x F shape=attempt entry=none", "func F() {}", "weave a.go: function F: it must have a result of type error, which says how an attempt ended"},
		"refusal":      {"x F shape=prologue entry=none allow", "func F() {}", "weave a.go: function F: it must have a result of type error, by which a call is refused"},
		"hidden nil":   {"x F shape=prologue entry=none attr=a.b guard=a", "func F(a *T, nil int) {}", "weave a.go: function F: its variables must not hide nil, which its attributes and keys are compared with"},
		"syntax":       {"x F shape=prologue entry=none", "func F( {}", "weave a.go: a.go:2:"},
	} {
		woven, _, err := Weave("a.go", []byte("package p\n"+test.src+"\n"), []*plan.Site{readSite(t, test.sites)}, nil, Build)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || woven != nil {
			t.Errorf("%s: error is %v, want %s", name, err, test.want)
		}
	}
}

// TestFound: sites of other files are ignored, and those of this one come back as they are
// declared.
func TestFound(t *testing.T) {
	sites := []*plan.Site{
		readSite(t, "a T.A shape=prologue entry=none"), readSite(t, "b B shape=prologue entry=none"),
		readSite(t, "c (*T).B shape=prologue entry=none"), readSite(t, "d D shape=prologue entry=none"),
	}
	src := []byte("package p\ntype T int\nfunc B() {}\nfunc (T) B() {}\nfunc (T) A() {}\n")
	_, found, err := Weave("a.go", src, sites, nil, Build)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"B", "T.A"}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	woven, found, err := Weave("a.go", src, sites[2:], nil, Reading)
	if err != nil || len(found) > 0 || !bytes.Equal(src, woven) {
		t.Errorf("a file without sites must stay as it is: %v, %v\n%s", found, err, woven)
	}
}

// TestOneLine: a line of Go has the same tokens as its lines had.
func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"a := 1\nb := 2\n":                          "a := 1; b := 2;",
		"if a { // why\n\tb()\n}\n":                 "if a { b(); };",
		"struct {\n\tA int `x:\"1\"` // a\n}":       "struct { A int `x:\"1\"`; };",
		"f(\n\ta, /* b\n */ c,\n)":                  "f( a, c, );",
		"x := `a\nb`":                               `x := "a\nb";`,
		"func(a <-chan int, b ...T[K, *V]) *[4]int": "func(a <-chan int, b ...T[K, *V]) *[4]int;",
		"a\r\nb\r\n":                                "a; b;",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("oneLine(%q) is %q, want %q", text, got, want)
		}
	}
}
