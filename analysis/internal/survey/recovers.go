package survey

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// recovers returns the middleware by which a function has panics of handlers answered, "" for none:
// what it uses of another module's, by its name, or what it is itself, where it recovers around the
// next handler. Recover would take the panics from there, and with them the program's own response.
func (r *reader) recovers(f *source.Func, info *types.Info) string {
	found := ""
	ast.Inspect(f.Decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && found == "" {
			if used, ok := info.Uses[id].(*types.Func); ok && r.foreign(used) && recoversByName(used) {
				found = signature.Qualified(used)
			}
		}
		return found == ""
	})
	if found == "" && recoversItself(f.Decl, info) {
		found = f.Pkg.Listed.Name + "." + f.Key
	}
	return found
}

// foreign reports whether a function is another module's, and not the standard library's.
func (r *reader) foreign(f *types.Func) bool {
	if f.Pkg() == nil {
		return false
	}
	listed := r.p.Graph.Listed[f.Pkg().Path()]
	return listed != nil && listed.Module != nil && !r.p.Graph.IsOwn(listed)
}

// recoversByName reports whether a function makes middleware that recovers, or has it: middleware
// is called Recover, Recovery or Recoverer in all frameworks, and gin.Default has its own.
func recoversByName(f *types.Func) bool {
	if strings.Contains(f.Pkg().Path(), "grpc") { // interceptors are no matter of handlers
		return false
	}
	return strings.Contains(f.Name(), "Recover") && f.Signature().Recv() == nil ||
		f.Name() == "Default" && f.Pkg().Path() == "github.com/gin-gonic/gin" ||
		f.Name() == "New" && slices.Contains([]string{"recover", "recovery"}, f.Pkg().Name())
}

// recoversItself reports whether a function recovers in what it defers, and calls the next handler.
func recoversItself(decl *ast.FuncDecl, info *types.Info) bool {
	recovers, next := false, false
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			ast.Inspect(n, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					builtin, ok := info.Uses[id].(*types.Builtin)
					recovers = recovers || ok && builtin.Name() == "recover"
				}
				return true
			})
		case *ast.CallExpr:
			if f := called(n, info); f != nil {
				next = next || f.Name() == "ServeHTTP" || f.Name() == "Next" && f.Signature().Recv() != nil && len(n.Args) == 0
				return true
			}
			id, ok := ast.Unparen(n.Fun).(*ast.Ident)
			if !ok {
				return true
			}
			v, ok := info.Uses[id].(*types.Var)
			if !ok {
				return true
			}
			sig, ok := v.Type().Underlying().(*types.Signature)
			next = next || ok && v.Kind() == types.ParamVar && (signature.IsHandler(sig) || strings.HasSuffix(types.TypeString(v.Type(), nil), ".HandlerFunc"))
		}
		return true
	})
	return recovers && next
}
