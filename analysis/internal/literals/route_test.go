package literals

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// What a literal goes by does not change with the code around it: a comment at its end says what
// that must be.
func TestRoute(t *testing.T) {
	const src = `package p

type H func(int)

type router struct{ NotFound H }

func (router) Get(string, ...H)               {}
func (router) Method(method, path string, h H) {}
func (router) Handle(path string, h H)         {}
func (router) Add(ctx any, path string, h H)   {}
func (router) Route(string, func(router))      {}
func (router) Group(func(router))              {}
func wrap(name string, h H) H                  { return h }
func use(any)                                  {}

const prefix = "/api"

var home H = func(int) {}            // ""
var byPath = map[string]H{
	prefix + "/a": func(int) {},     // "/api/a"
	"b":           func(int) {},     // ""
}
var rows = []struct{ Method, Path string; Do H }{
	{"GET", "/rows", func(int) {}},  // "GET /rows"
	{Path: "/rows", Do: func(int) {}}, // "/rows"
	{Do: func(int) {}},              // "Do"
}

func routes(r router, path string) {
	r.Get("/x", func(int) {})                                // "GET /x"
	r.Get("ping", func(int) {})                              // "GET ping"
	r.Get("", func(int) {})                                  // ""
	r.Get("/y", H(func(int) {}), func(int) {})               // "GET /y" "GET /y"
	r.Method("PUT", "/x", (func(int) {}))                    // "PUT /x"
	r.Handle("GET /z", wrap("slow", wrap("late", func(int) {}))) // "GET /z"
	r.Handle(path, func(int) {})                             // ""
	r.Add(nil, "/added", func(int) {})                       // "/added"
	r.Handle("bad\n/path", func(int) {})                     // ""
	wrap("named", func(int) {})                              // "named"
	use(func(int) {})                                        // ""
	h := func(int) {}                                        // "h"
	var v, w H = func(int) {}, wrap("w", func(int) {})       // "v" "w"
	r.NotFound = func(int) {}                                // "NotFound"
	r = router{NotFound: func(int) {}}                       // "NotFound"
	byPath["/late"] = func(int) {}                           // "/late"
	_ = func(int) {}                                         // ""
	r.Route("/v1", func(r router) { // "/v1"
		r.Get("/users", func(int) {})                        // "GET /v1/users"
		r.Group(func(r router) {                             // ""
			r.Route("/admin/", func(r router) { // "/v1/admin/"
				r.Handle("/all", func(int) {})               // "/v1/admin/all"
			})
		})
		use(func(int) {})                                    // ""
	})
	use([]any{h, v, w})
}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	if _, err := new(types.Config).Check("p", fset, []*ast.File{file}, f.info); err != nil {
		t.Fatal(err)
	}
	want := map[int]string{}
	for _, group := range file.Comments {
		want[fset.Position(group.Pos()).Line] = strings.TrimPrefix(group.Text(), " ")
	}
	got := map[int]string{}
	plan.EachLiteral(file, func(_ plan.Literal, lit *ast.FuncLit, enclosing []ast.Node) {
		got[fset.Position(lit.Pos()).Line] += ` "` + f.route(enclosing, lit) + `"`
	})
	for line, text := range got {
		if want := strings.TrimSpace(want[line]); strings.TrimSpace(text) != want {
			t.Errorf("literals of line %d go by %s, want %s", line, strings.TrimSpace(text), want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines have literals, and %d say what they go by", len(got), len(want))
	}
}
