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

const owned = `package p

import (
	"bytes"
	"context"
	"math/big"
	"net/url"
	"time"
)

type (
	closed     struct{}
	released   struct{}
	rolledBack struct{}
	answers    struct{}
	takes      struct{}
	alias      = *closed
	inside     struct{ hidden [2]closed }
	outside    struct{ B *bytes.Buffer; U *url.URL; N big.Int; T time.Time; C context.Context; F func() }
	loop       struct{ next *loop; all []map[string]*loop }
	leak       struct{ loop; last interface{ Close() } }
	ring[T any] struct{ next *ring[T]; v T }
	key        map[closed]int
)

func (*closed) Close() error                    { return nil }
func (released) Release()                       {}
func (rolledBack) Rollback(context.Context) error { return nil }
func (answers) Release() string                 { return "1.2" }
func (takes) Close(reason int) error            { return nil }

var (
	v0 *closed; v1 closed; v2 released; v3 rolledBack; v4 interface{ Close() }; v5 alias
	v6 inside; v7 []*inside; v8 leak; v9 key; v10 map[string]released; v11 **closed; v12 *ring[closed]
	w0 int; w1 answers; w2 takes; w3 outside; w4 loop; w5 any; w6 error; w7 *ring[int]; w8 interface{ error; Close() error }
)
`

// What must be closed is found wherever it is, and in types that hold themselves the search ends.
func TestOwned(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", owned, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := (&types.Config{Importer: importer.ForCompiler(fset, "source", nil)}).Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pkg.Scope().Names() {
		v, ok := pkg.Scope().Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		what := signature.Owned(v.Type(), func(p *types.Package) bool { return p == pkg })
		if want := name[0] == 'v' || name == "w8"; want != (what != "") {
			t.Errorf("%s %s: %q", name, v.Type(), what)
		}
	}
	for name, want := range map[string]string{
		"v0": "has a method Close", "v6": "holds p.closed, which has a method Close, in hidden",
		"v8": "holds interface{Close()}, which has a method Close, in last",
	} {
		if what := signature.Owned(pkg.Scope().Lookup(name).Type(), func(*types.Package) bool { return true }); what != want {
			t.Errorf("%s %q, want %q", name, what, want)
		}
	}
	if what := signature.Owned(pkg.Scope().Lookup("v6").Type(), func(*types.Package) bool { return false }); what != "" {
		t.Errorf("of another package: %q", what)
	}
}
