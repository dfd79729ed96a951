package ask

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// pack is a package whose rules are included.
type pack struct {
	program *source.Program
	listed  *packages.Package
	pos     token.Position // of aspects.Include
	yields  []string       // import paths of aspects.Yields
}

// include reads the rules of a pack, as if they stood in the rule file.
func (r *fileReader) include(call *ast.CallExpr) {
	const hint = "as in aspects.Include(grpchooks.Rules)"
	v, ok := r.Object(call.Args[0]).(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		r.Errorf(call.Args[0], hint, "argument of aspects.Include must be a variable that a package declares")
		return
	}
	path := v.Pkg().Path()
	listed := r.Program.Graph.Listed[path]
	if listed == nil || r.rules.packs[v] != nil {
		return
	}
	r.rules.packs[v] = &pack{program: r.Program, listed: listed, pos: r.Pos(call)}
	pkg := r.Program.Types.Check(listed)
	for _, f := range r.Program.Types.RuleFiles(listed) {
		if f.File == nil {
			continue
		}
		if value := source.DeclaredValue(f.File, func(id *ast.Ident) bool { return pkg.Info.Defs[id] == v }); value != nil {
			x := expression.Reader{Program: r.Program, Pkg: pkg}
			inner := &fileReader{x, r.rules, selectorReader{x, r.rules}, aspectReader{x, r.rules.custom}, r.rules.packs[v]}
			inner.module(value)
			return
		}
	}
	r.Errorf(call.Args[0], hint, "variable %s.%s must be declared with aspects.Module(…) in a file with the build constraint %s", path, v.Name(), plan.RuleTag)
}

// yields notes what a pack leaves its work to, where the program has it.
func (r *fileReader) yields(call *ast.CallExpr) {
	for _, arg := range call.Args {
		if path, ok := r.Text(arg); ok && r.pack != nil {
			r.pack.yields = append(r.pack.yields, path)
		}
	}
}

// named returns the name that a rule or stack of a pack has in plans: rule files of several packs
// may use the same.
func (p *pack) named(name string) string {
	if p == nil {
		return name
	}
	return p.listed.Name + ": " + name
}

// Packed reports whether a pack declares the rule.
func (rs *Rules) Packed(name string) bool {
	return slices.ContainsFunc(rs.rules, func(r *rule) bool { return r.name == name && r.pack != nil })
}

// Packs returns the packs whose rules have an effect, as plans name them, sorted.
func (rs *Rules) Packs() []plan.Pack {
	var list []plan.Pack
	for _, p := range rs.packs {
		list = append(list, plan.Pack{Path: p.listed.PkgPath, Version: source.Version(p.listed), Yields: p.program.Graph.Importing(p.yields)})
	}
	return plan.SortedPacks(list)
}

// imported reports whether what the rule of a pack makes woven code import, which is the package of
// its replacement, imports a package, or is it. What is woven into that package would import it in
// turn, so it cannot be: a finding, once for each rule.
func (p *pack) imported(pkg *packages.Package, r *rule) bool {
	if p == nil || r.replace == nil {
		return false
	}
	path := p.program.Graph.PathBetween(r.replace.Path, pkg.PkgPath)
	if len(path) > 1 && !r.cyclic {
		r.cyclic = true
		p.program.Findings.Add(p.pos, "exclude the package, or keep what it offers out of the pack",
			"pack must not import what its rule %q weaves: %s", r.name, strings.Join(path, " imports "))
	}
	return path != nil
}
