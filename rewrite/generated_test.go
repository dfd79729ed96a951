package rewrite

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis"
)

func options(pairs ...string) []analysis.Option {
	var list []analysis.Option
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, analysis.Option{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func ref(path, pkg, name string) *analysis.Ref {
	return &analysis.Ref{Path: path, Pkg: pkg, Name: name}
}

const shop = "example.com/shop/orders"

// ordersPlan has every kind of option, shape and entry, and names that meet.
func ordersPlan() *analysis.Package {
	retry := append(options("attempts", "3", "initial", "50ms", "max", "1m", "factor", "2", "jitter", "0.5", "elapsed", "1.5s"),
		analysis.Option{Name: "if", Value: "IsTransient", Ref: ref(shop, "orders", "IsTransient")},
		analysis.Option{Name: "on", Value: "store.ErrBusy", Ref: ref("example.com/shop/store", "store", "ErrBusy")},
		analysis.Option{Name: "on", Value: "ErrLate", Ref: ref(shop, "orders", "ErrLate")},
		analysis.Option{Name: "abort", Value: "backoff.ErrStop", Ref: ref("example.com/backoff/v5", "backoff", "ErrStop")})
	return &analysis.Package{
		Path: shop, Name: "orders", Hash: "0123456789abcdef", Taken: []string{"time", "store"},
		Sites: []*analysis.Site{
			{
				Func: "(*Service).Place", Symbol: shop + ".(*Service).Place", Var: "instrumentServicePlace", Name: "Service.Place",
				Pos: analysis.Position{File: "orders/service.go"}, Shape: analysis.Attempt, Entry: analysis.EntryContext, Ctx: 0, Err: 1, ErrAs: analysis.ErrError, Around: true,
				Attrs: []analysis.Attr{{Key: "req.ID", Expr: "req.Base.ID", Guards: []string{"req", "req.Base"}}, {Key: "n", Expr: "n"}},
				Aspects: []analysis.Aspect{
					{Name: "recover", From: "handlers", Options: options("as", "500")},
					{Name: "trace", From: "handlers", Options: options("kind", "client")},
					{Name: "log", From: "directive", Options: options("level", "info", "slow", "1s")},
					{Name: "timeout", From: "directive", Options: options("after", "2s")},
					{Name: "retry", From: "directive", Options: retry},
					{Name: "breaker", From: "handlers", Options: options("name", `the "bank"`, "rate", "0.25", "window", "20", "cooldown", "5s", "probes", "1")},
					{Name: "audit", From: "handlers", Advice: ref("example.com/shop/audit", "audit", "Around")},
				},
			},
			{
				Func: "Serve", Symbol: shop + ".Serve", Var: "instrumentServe", Name: "orders.Serve",
				Pos: analysis.Position{File: "orders/my file.go"}, Shape: analysis.Prologue, Entry: analysis.EntryHTTP, Ctx: 1, Err: -1, Allow: true,
				Notes:   []string{"prologue shape: a handler is never called twice"},
				Aspects: []analysis.Aspect{{Name: "recover", From: "web", Options: options("as", "500")}, {Name: "metrics", From: "web"}},
			},
			{
				Func: "List.Len", Symbol: shop + ".List[...].Len", Var: "instrumentListLen", Name: "List.Len",
				Pos: analysis.Position{File: "orders/list.go"}, Shape: analysis.Prologue, Entry: analysis.EntryNone, Ctx: -1, Err: -1,
				Aspects: []analysis.Aspect{{Name: "metrics", From: "directive", Options: options("stream", "ok")}},
			},
		},
	}
}

func decoratedPlan() *analysis.Package {
	site := func(typ, method, variable string, s analysis.Site) *analysis.Site {
		s.Func, s.Symbol, s.Name, s.Var = "(*"+typ+")."+method, shop+".(*"+typ+")."+method, "Store."+method, variable
		s.Aspects = append([]analysis.Aspect{{Name: "trace", From: "directive"}}, s.Aspects...)
		return &s
	}
	param := func(pairs ...string) []analysis.Param {
		var list []analysis.Param
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, analysis.Param{Name: pairs[i], Type: pairs[i+1]})
		}
		return list
	}
	return &analysis.Package{
		Path: shop, Name: "orders", Hash: "fedcba9876543210", Taken: []string{"Store", "Writer", "http"},
		Decorators: []analysis.Decorator{
			{
				Interface: "Store", Func: "InstrumentStore", Type: "instrumentedStore",
				Imports: []analysis.Import{{Name: "context", Path: "context"}, {Name: "time2", Path: "time"}},
				Methods: []analysis.Method{
					{
						Name: "Get", Params: param("ctx", "context.Context", "d", "string"), Results: param("", "[]byte", "", "error"),
						Site: site("instrumentedStore", "Get", "instrumentStoreGet", analysis.Site{Shape: analysis.Attempt, Entry: analysis.EntryContext, Ctx: 0, Err: 1, ErrAs: analysis.ErrError,
							Aspects: []analysis.Aspect{{Name: "retry", From: "directive", Options: options("attempts", "3")}}}),
					},
					{Name: "Len", Results: param("", "int")},
					{
						Name: "Put", Params: param("p0", "context.Context", "time", "time2.Duration", "keys", "...string"), Variadic: true, Results: param("n", "int", "err", "error"),
						Site: site("instrumentedStore", "Put", "instrumentStorePut", analysis.Site{Shape: analysis.Attempt, Entry: analysis.EntryContext, Ctx: 0, Err: 1, ErrAs: analysis.ErrError}),
					},
					{Name: "next", Params: param("f", "func(time2.Duration) map[string]time2.Duration")},
				},
			},
			{
				Interface: "Writer", Func: "InstrumentWriter", Type: "instrumentedWriter", Optional: true,
				Imports: []analysis.Import{{Name: "http", Path: "net/http"}},
				Methods: []analysis.Method{
					{Name: "Flush"},
					{Name: "Header", Results: param("", "http.Header")},
					{
						Name: "Write", Params: param("p0", "[]byte"), Results: param("", "int", "", "error"),
						Site: site("instrumentedWriter", "Write", "instrumentWriterWrite", analysis.Site{Shape: analysis.Prologue, Entry: analysis.EntryNone, Ctx: -1, Err: 1, ErrAs: analysis.ErrError}),
					},
					{Name: "WriteHeader", Params: param("statusCode", "int")},
				},
			},
		},
	}
}

// What the generated files need beside them to type-check.
const (
	ordersSource = `package orders
var ErrLate error
var time, store int
func IsTransient(error) bool { return false }`
	decoratedSource = `package orders
import ("context"; "net/http"; "time")
type Store interface {
	Get(ctx context.Context, d string) ([]byte, error)
	Len() int
	Put(_ context.Context, time time.Duration, keys ...string) (n int, err error)
	next(f func(time.Duration) map[string]time.Duration)
}
type Writer interface { http.ResponseWriter; Flush() }`
)

func TestGenerated(t *testing.T) {
	stubs["example.com/shop/store"] = "package store\nvar ErrBusy error"
	stubs["example.com/backoff/v5"] = "package backoff\nvar ErrStop error"
	stubs["example.com/shop/audit"] = "package audit\nimport (\"context\"; h \"" + hooksPath + "\")\nfunc Around(ctx context.Context, site *h.Site, next func(context.Context) error) error"
	for _, test := range []struct {
		name   string
		plan   *analysis.Package
		source string
	}{
		{"sites", ordersPlan(), ordersSource},
		{"decorators", decoratedPlan(), decoratedSource},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := Generated(test.plan)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := Generated(test.plan); !bytes.Equal(text, again) {
				t.Errorf("the same plan gives different text")
			}
			path := "testdata/generated/" + test.name + ".txtar"
			if *update {
				archive := &txtar.Archive{Files: []txtar.File{{Name: analysis.GeneratedName, Data: text}}}
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, archive, analysis.GeneratedName, text)
			if !isFormatted(text) {
				t.Errorf("the text is not formatted")
			}
			file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments)
			if err != nil || !ast.IsGenerated(file) {
				t.Errorf("the file is not marked as generated: %v", err)
			}
			checkTypesWith(t, text, test.source)
		})
	}
}

func TestParseGenerated(t *testing.T) {
	plan := ordersPlan()
	text, err := Generated(plan)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseGenerated(text)
	if err != nil {
		t.Fatal(err)
	}
	want := &analysis.Package{Name: "orders", Hash: plan.Hash, Files: []string{"list.go", "my file.go", "service.go"}}
	for i, s := range plan.Sites {
		want.Sites = append(want.Sites, &analysis.Site{Func: s.Func, Var: s.Var, Shape: s.Shape, Entry: s.Entry, Ctx: s.Ctx, Err: s.Err, ErrAs: s.ErrAs,
			Allow: s.Allow, Around: s.Around, Attrs: s.Attrs, Pos: analysis.Position{File: []string{"service.go", "my file.go", "list.go"}[i]}})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was read differs from what was written (-want +got):\n%s", diff)
	}
	text, err = Generated(decoratedPlan())
	if err != nil {
		t.Fatal(err)
	}
	if got, err = ParseGenerated(text); err != nil || len(got.Sites) != 0 {
		t.Errorf("a decorator's sites are woven already and must not be read back: %v, %v", got, err)
	}
}

func TestParseGeneratedErrors(t *testing.T) {
	const head = "package p\n\n//instrument:plan 01\n\n"
	for name, test := range map[string]struct{ src, want string }{
		"no plan":     {"package p\n", "parse generated file: it must have a line //instrument:plan"},
		"no function": {head + "//instrument:site\nvar x int\n", "parse generated file: line 5: it must name a function"},
		"word":        {head + "//instrument:site F shape=prologue entry=none colour=red\nvar x int\n", `parse generated file: line 5: F: unknown word "colour=red"`},
		"shape":       {head + "//instrument:site F entry=none\nvar x int\n", `parse generated file: line 5: F: it must have a shape, not ""`},
		"guard":       {head + "//instrument:site F guard=x\nvar x int\n", "parse generated file: line 5: F: guard must follow an attr, key or store"},
		"two":         {head + "//instrument:site F shape=prologue entry=none\nvar x, y int\n", "parse generated file: line 5: F: it must stand on one variable"},
	} {
		if _, err := ParseGenerated([]byte(test.src)); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is %v, want %s", name, err, test.want)
		}
	}
}

func TestGeneratedErrors(t *testing.T) {
	for name, test := range map[string]struct {
		aspect analysis.Aspect
		want   string
	}{
		"aspect":   {analysis.Aspect{Name: "cash"}, `generate p: F: aspect "cash" is unknown`},
		"option":   {analysis.Aspect{Name: "retry", Options: options("tries", "3")}, `generate p: F: aspect retry: option "tries" is unknown`},
		"duration": {analysis.Aspect{Name: "timeout", Options: options("after", "soon")}, `generate p: F: aspect timeout: option after: time: invalid duration "soon"`},
		"sentinel": {analysis.Aspect{Name: "retry", Options: options("on", "ErrX")}, `generate p: F: aspect retry: option on: "ErrX" must name a variable`},
	} {
		site := &analysis.Site{Func: "F", Var: "x", Shape: analysis.Prologue, Entry: analysis.EntryNone, Aspects: []analysis.Aspect{test.aspect}}
		if _, err := Generated(&analysis.Package{Path: "p", Name: "p", Sites: []*analysis.Site{site}}); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is %v, want %s", name, err, test.want)
		}
	}
}
