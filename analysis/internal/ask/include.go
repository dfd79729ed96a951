package ask

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// pack is a package whose rules are included.
type pack struct {
	program *source.Program
	listed  *packages.Package
	pos     token.Position // of aspects.Include
}

// include reads the rules of a pack, as if they stood in the rule file.
func (r *fileReader) include(call *ast.CallExpr) {
	const hint = "as in aspects.Include(grpchooks.Rules)"
	v, ok := r.object(call.Args[0]).(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		r.errorf(call.Args[0], hint, "argument of aspects.Include must be a variable that a package declares")
		return
	}
	path := v.Pkg().Path()
	listed := r.p.Graph.Listed[path]
	if listed == nil || r.p.Graph.IsOwn(listed) {
		return // the rule files of the main modules are read anyway
	}
	if r.rules.packs[v] != nil {
		return
	}
	r.rules.packs[v] = &pack{r.p, listed, r.pos(call)}
	pkg := r.p.Types.Check(listed)
	for _, f := range r.p.Types.RuleFiles(listed) {
		if f.File == nil {
			continue
		}
		if value := declaredValue(f.File, pkg.Info, v); value != nil {
			x := expressions{r.p, pkg}
			inner := &fileReader{x, r.rules, selectorReader{x}, aspectReader{x, r.rules.custom}, r.rules.packs[v]}
			inner.module(value)
			return
		}
	}
	r.errorf(call.Args[0], hint, "variable %s.%s must be declared with aspects.Module(…) in a file with the build constraint %s", path, v.Name(), plan.RuleTag)
}

// declaredValue returns the value that a file gives a variable, or nil.
func declaredValue(file *ast.File, info *types.Info, v *types.Var) ast.Expr {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if info.Defs[name] == v && i < len(spec.Values) {
					return spec.Values[i]
				}
			}
		}
	}
	return nil
}

// named returns the name that a rule or stack of a pack has in plans: rule files of several packs
// may use the same.
func (p *pack) named(name string) string {
	if p == nil {
		return name
	}
	return p.listed.Name + ": " + name
}

// version is the pack's, as plans show it.
func (p *pack) version() string {
	switch m := p.listed.Module; {
	case m == nil || m.Version == "" || m.Replace != nil && m.Replace.Version == "":
		return "(devel)"
	case m.Replace != nil:
		return m.Replace.Version
	default:
		return m.Version
	}
}

// Packs returns the packs whose rules have an effect, as plans name them, sorted.
func (rs *Rules) Packs() []plan.Pack {
	var list []plan.Pack
	for _, p := range rs.packs {
		list = append(list, plan.Pack{Path: p.listed.PkgPath, Version: p.version()})
	}
	return plan.SortedPacks(list)
}

// imported reports whether the pack imports a package, or is it. What is woven into that package
// would import the pack, so it cannot be: a finding, once for each rule.
func (p *pack) imported(pkg *packages.Package, r *rule) bool {
	if p == nil {
		return false
	}
	path := p.program.Graph.PathBetween(p.listed.PkgPath, pkg.PkgPath)
	if len(path) > 1 && !r.cyclic {
		r.cyclic = true
		p.program.Findings.Add(p.pos, "exclude the package, or keep what it offers out of the pack",
			"pack must not import what its rule %q weaves: %s", r.name, strings.Join(path, " imports "))
	}
	return path != nil
}
