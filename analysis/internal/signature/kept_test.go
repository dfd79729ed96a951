package signature_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

const keeping = `package p

import "context"

type (
	session struct{ ctx context.Context }
	own     struct{ context.Context }
	key     struct{}
	query   struct{}
)

func (q *query) WithContext(ctx context.Context) *query { return q }

var (
	current context.Context
	other   context.Context
	byCtx   map[context.Context]int
	byName  []session
	queue   chan context.Context
)

func (session) Run() {}

func use(any)          {}
func run(func() error) {}
`

// What a body does with its context is found also where another variable holds it, or a context
// that is derived from it, and not where the name means another context.
func TestKeptContext(t *testing.T) {
	const stores, returns, asserts, compares = "stores its context", "returns its context", "asserts the type of its context", "compares its context"
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "source", nil)
	for _, c := range []struct{ decl, does string }{
		{"F(ctx context.Context) { use(ctx); _ = ctx; _ = ctx.Err(); go use(ctx) }", ""},
		{"F(ctx context.Context) { if ctx == nil { ctx = context.Background() }; use(ctx) }", ""},
		{"F(ctx context.Context) { ctx, cancel := context.WithCancel(ctx); defer cancel(); use(ctx) }", ""},
		{"F(ctx context.Context) { s := session{ctx: ctx}; p := &s; use(p); s.Run() }", ""},
		{"F(ctx context.Context) { use(session{ctx}); use(&session{ctx: ctx}) }", ""},
		{"F(ctx context.Context) { run(func() error { return ctx.Err() }) }", ""},
		{"F(ctx context.Context, q *query) *query { return q.WithContext(ctx) }", ""},
		{"F(ctx context.Context, s *session) bool { return s.ctx == nil }", ""},
		{"F(ctx context.Context) { f := func(ctx context.Context) { current = ctx }; f(nil) }", ""},
		{"F(ctx context.Context) { var saved context.Context; saved = ctx; use(saved) }", ""},
		{"F(_ context.Context) context.Context { return context.Background() }", ""},

		{"F(ctx context.Context, s *session) { s.ctx = ctx }", stores},
		{"F(ctx context.Context, s *session) { s.ctx = (ctx) }", stores},
		{"F(ctx context.Context, s *session) { s.ctx, _ = context.WithCancel(ctx) }", stores},
		{"F(ctx context.Context, s *session) { inner := context.WithValue(ctx, key{}, 1); s.ctx = inner }", stores},
		{"F(ctx context.Context, s *session) { saved := ctx; var again = saved; s.ctx = again }", stores},
		{"F(ctx context.Context) { current = ctx }", stores},
		{"F(ctx context.Context, p *context.Context) { *p = ctx }", stores},
		{"F(ctx context.Context) { queue <- ctx }", stores},
		{"F(ctx context.Context) *session { return &session{ctx} }", returns},
		{"F(ctx context.Context) { s := &session{ctx: ctx}; s.ctx = nil; s = nil }", ""},
		{"F(ctx context.Context) { s := &session{}; s.ctx = ctx; s.Run() }", ""},
		{"F(ctx context.Context) { var s session; s.ctx = ctx; s.Run() }", ""},
		{"F(ctx context.Context) { s := new(session); s.ctx = ctx; byName[0] = *s }", stores},
		{"F(ctx context.Context) { s := &byName[0]; s.ctx = ctx }", stores},
		{"F(ctx context.Context) { s := session{ctx: ctx}; byName[0] = s }", stores},
		{"F(ctx context.Context) { s := session{ctx: ctx}; again := &s; byName[0] = *again }", stores},
		{"F(ctx context.Context) *session { s := session{ctx: ctx}; return &s }", returns},
		{"F(ctx context.Context, all []context.Context) []context.Context { return append(all, ctx) }", stores},
		{"F(ctx context.Context, all []session) []session { return append(all, session{ctx}) }", stores},
		{"F(ctx context.Context) func() context.Context { return func() context.Context { return ctx } }", returns},
		{"F(ctx context.Context) (any, error) { return ctx, nil }", returns},
		{"F(ctx context.Context) (got any) { got = ctx; return }", returns},
		{"F(ctx context.Context) context.Context { return other.Value(ctx).(context.Context) }", "returns a context"},
		{"F(ctx context.Context) (*own, bool) { o, ok := ctx.(*own); return o, ok }", asserts},
		{"F(ctx context.Context) { switch ctx.(type) { case *own: } }", asserts},
		{"F(ctx context.Context) bool { _, ok := any(ctx).(*own); return ok }", asserts},
		{"F(ctx context.Context) bool { return ctx != other }", compares},
		{"F(ctx context.Context) bool { return context.Background() == ctx }", compares},
		{"F(ctx context.Context) { switch ctx { case other: } }", compares},
		{"F(ctx context.Context) { switch other { case ctx: } }", compares},
		{"F(ctx context.Context) int { return byCtx[ctx] }", compares},
		{"F(ctx context.Context) bool { current = ctx; return ctx == other }", compares},
	} {
		file, err := parser.ParseFile(fset, "p.go", keeping+"\nfunc "+c.decl, 0)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := (&types.Config{Importer: imports}).Check("p", fset, []*ast.File{file}, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.decl, err)
		}
		decl := file.Decls[len(file.Decls)-1].(*ast.FuncDecl)
		kept := signature.KeptContext(pkg.Scope().Lookup("F").(*types.Func).Signature(), decl.Body, 0)
		if want := (signature.Kept{Does: c.does, Looks: c.does == asserts || c.does == compares}); kept != want {
			t.Errorf("%s: %+v, want %+v", c.decl, kept, want)
		}
	}
}
