package generated

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// callsPlan has call sites with and without aspects.
func callsPlan() *plan.Package {
	site := func(variable string) *plan.Site {
		return &plan.Site{
			Func: "(*S).F calls lib.(*Client).Do", Symbol: "example.com/p.(*S).F calls lib.(*Client).Do", Name: "Client.Do", Var: variable,
			Shape: plan.Prologue, Entry: plan.EntryContext, Ctx: 2, Err: 0, ErrAs: plan.ErrError,
			Aspects: []plan.Aspect{{Name: "trace", From: "edges"}},
		}
	}
	at := plan.Position{File: "p/f.go", Line: 3, Column: 4}
	body := site("site")
	body.Func, body.Aspects = "instrumentClientDo", []plan.Aspect{}
	client := plan.Param{Name: "c", Type: "*lib.Client"}
	return &plan.Package{
		Path: "example.com/p", Name: "p", Hash: "01", Sites: []*plan.Site{},
		Calls: []*plan.CallSite{
			{In: "(*S).F", Callee: "example.com/lib.(*Client).Do", Pos: at, Site: site("siteF"), Through: "instrumentClientDo", Name: "Do",
				Method: true, Prefix: "&", Path: ".Base.Client"},
			{In: "var x y", Callee: "example.com/lib.(*Client).Do", Pos: at, Site: site("siteX"), Through: "instrumentClientDo", Name: "Do", Index: 3,
				Method: true, Unused: []plan.UsedImport{{Path: "example.com/lib"}, {Name: ".", Path: "example.com/other"}}},
			{In: "G", Callee: "example.com/lib.Map", Pos: at, Through: "instrumentLibMap", Name: "Map", Types: []string{"T", "U"}, Replace: "maps"},
		},
		CallFuncs: []*plan.CallFunc{
			{Name: "instrumentClientDo", Callee: "example.com/lib.(*Client).Do", Method: "Do", Site: body, Variadic: true,
				Params:  []plan.Param{client, {Name: "ctx", Type: "context.Context"}, {Name: "lib", Type: "...lib.Item"}},
				Results: []plan.Param{{Type: "error"}},
				Imports: []plan.Import{{Name: "context", Path: "context"}, {Name: "lib", Path: "example.com/lib"}}},
			{Name: "instrumentLibMap", Callee: "example.com/lib.Map", Func: &plan.Ref{Path: "example.com/pack", Pkg: "pack", Name: "Map"},
				TypeParams: []plan.Param{{Name: "T", Type: "any"}, {Name: "U", Type: "lib.Number"}}, TypeArgs: []string{"T", "U"},
				Params:  []plan.Param{{Name: "list", Type: "[]T"}},
				Results: []plan.Param{{Type: "[]U"}, {Type: "error"}},
				Imports: []plan.Import{{Name: "lib", Path: "example.com/lib"}, {Name: "pack", Path: "example.com/pack"}}},
		},
	}
}

// The functions are plain Go, in which no parameter hides a package; the toolexec driver reads back
// from the file what rewriting the calls needs to know.
func TestCalls(t *testing.T) {
	pkg := callsPlan()
	text, err := Text(pkg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"func instrumentClientDo(site *runtimehooks.Site, c *lib2.Client, ctx context.Context, lib ...lib2.Item) (err error) {\n",
		"\treturn c.Do(ctx, lib...)\n",
		"func instrumentLibMap[T any, U lib2.Number](list []T) ([]U, error) {\n\treturn pack.Map[T, U](list)\n}\n",
		"// instrumentLibMap calls example.com/pack.Map in place of example.com/lib.Map.\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file must hold\n%s\nand is\n%s", want, text)
		}
	}
	read, err := siteline.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"f.go"}; !cmp.Equal(read.Files, want) {
		t.Errorf("files are %q, want %q", read.Files, want)
	}
	for _, c := range pkg.Calls {
		c.Key, c.Callee, c.Replace, c.Pos = "", "", "", plan.Position{File: "f.go"}
		if c.Site != nil {
			c.Site = &plan.Site{Var: c.Site.Var}
		}
	}
	if diff := cmp.Diff(pkg.Calls, read.Calls); diff != "" {
		t.Errorf("calls read back differ (-want +got):\n%s", diff)
	}
}
