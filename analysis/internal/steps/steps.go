package steps

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/suggest"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Marked are the functions of a package that are marked //instrument:step.
type Marked map[*ast.FuncDecl]directive.Directive

// Take takes the directives step out of the files' directives, and reports those on anything but a
// function.
func Take(files []*ast.File, byFile map[*ast.File]directive.Set, findings *finding.List) Marked {
	m := Marked{}
	for _, file := range files {
		set := byFile[file]
		set.File = without(set.File, findings)
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				m.take(decl, set.Funcs, findings)
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && set.Types[spec] != nil {
						set.Types[spec] = without(set.Types[spec], findings)
					}
				}
			}
		}
		byFile[file] = set
	}
	return m
}

func isStep(d directive.Directive) bool { return d.Name == "step" }

// without returns directives that are on no function without those that are step, which it reports.
func without(list []directive.Directive, findings *finding.List) []directive.Directive {
	for _, d := range list {
		if isStep(d) {
			findings.At(d.Pos, "move it there", "directive //instrument:step must be on a function or method")
		}
	}
	return slices.DeleteFunc(slices.Clone(list), isStep)
}

func (m Marked) take(fn *ast.FuncDecl, all map[*ast.FuncDecl][]directive.Directive, findings *finding.List) {
	for _, d := range all[fn] {
		if !isStep(d) {
			continue
		}
		if _, given := m[fn]; given {
			findings.At(d.Pos, "merge them into one", "directive //instrument:step must be given once")
		}
		m[fn] = d
	}
	if _, given := m[fn]; given {
		all[fn] = slices.DeleteFunc(slices.Clone(all[fn]), isStep)
	}
}

// planner plans the steps of one package.
type planner struct {
	program *source.Program
	pkg     *source.Package
	names   *source.Names
	out     *plan.Package
}

// Package adds the marked functions of a package to its sites. One that has no aspects becomes a
// site of its own.
func Package(program *source.Program, pkg *source.Package, marked Marked, names *source.Names, out *plan.Package) {
	p := planner{program, pkg, names, out}
	for _, f := range source.Functions(program, pkg) {
		if d, ok := marked[f.Decl]; ok {
			underway.Do(program.Doing("plan", pkg, f.Key, f.Decl.Pos(), underway.OffNowhere), func() { p.step(f, d) })
		}
	}
}

// step plans one step.
func (p *planner) step(f *source.Func, d directive.Directive) {
	findings := p.program.Findings
	before := findings.Len()
	must := func(pos token.Pos, hint, format string, args ...any) {
		findings.At(pos, hint, "step %s must "+format, append([]any{f.Key}, args...)...)
	}
	sig := f.Obj.Signature()
	last := sig.Results().Len() - 1
	if reason := sites.Unwritable(f); reason != "" {
		findings.At(d.Pos, "remove the directive", "%s cannot be woven: %s", f.Key, reason)
		return
	}
	if deps := p.program.Graph.PathBetween(plan.WorkflowPath, f.Pkg.Listed.PkgPath); deps != nil {
		must(d.Pos, "move it", "not be in a package that workflows depend on: %s", strings.Join(deps, " imports "))
		return
	}
	switch {
	case sig.TypeParams() != nil || sig.RecvTypeParams() != nil:
		must(d.Pos, "move the directive to a function that calls it", "have no type parameters")
	case sig.Params().Len() == 0 || !signature.IsContext(sig.Params().At(0).Type()):
		must(d.Pos, "as in func "+f.Obj.Name()+"(ctx context.Context, …) error", "take a context.Context first, which says whose call it is")
	case last < 0 || !signature.IsError(sig.Results().At(last).Type()):
		must(d.Pos, "add one", "return an error last, because what is recorded may be one")
	}
	if findings.Len() > before {
		return
	}
	q := signature.NewQualifier(p.pkg.Types)
	r := &plan.Record{Name: f.Symbol(), Variadic: sig.Variadic()}
	if f.Pkg.Listed.Name == "main" {
		r.Name = f.Pkg.Listed.PkgPath + strings.TrimPrefix(r.Name, "main")
	}
	if recv := sig.Recv(); recv != nil {
		r.Recv = types.TypeString(recv.Type(), q.Name)
	}
	r.Params = p.travelling(f.Obj, sig.Params(), 1, sig.Params().Len(), "p", "take", q, must)
	r.Results = p.travelling(f.Obj, sig.Results(), 0, last, "result", "return", q, must)
	p.arguments(f, d, r)
	if findings.Len() > before {
		return
	}
	r.Errors, r.Imports = signature.Sentinels(p.pkg.Types), q.ImportList()
	p.add(f, r)
}

// add adds what is recorded of a function to its site.
func (p *planner) add(f *source.Func, r *plan.Record) {
	i := slices.IndexFunc(p.out.Sites, func(s *plan.Site) bool { return s.Func == f.Key && s.Literal == nil })
	variable := ""
	if i < 0 {
		s := sites.Bare(f, p.out.ModuleDir)
		s.Entry, s.Ctx, s.Err, s.Aspects = plan.EntryContext, 0, -1, []plan.Aspect{}
		i = len(p.out.Sites)
		p.out.Sites = append(p.out.Sites, s)
		variable = p.names.Variable(f)
	} else {
		variable = p.out.Sites[i].Var
	}
	r.Var, r.Func = p.names.Fresh(variable+"Step"), p.names.Fresh(variable+"Recorded")
	p.out.Sites[i].Record = r
}

// travelling returns parameters or results as they are recorded.
func (p *planner) travelling(of *types.Func, list *types.Tuple, from, to int, otherwise, verb string, q *signature.Qualifier,
	must func(token.Pos, string, string, ...any)) []plan.Param {
	var params []plan.Param
	taken := map[string]bool{}
	for i := from; i < to; i++ {
		v := list.At(i)
		if err := signature.Travels(v.Type(), p.qualify); err != nil {
			must(v.Pos(), "record what identifies it instead, or remove the directive", "%s types that have a form in JSON: %v", verb, err)
		}
		name := otherwise + strconv.Itoa(i)
		if otherwise == "result" && to == 1 {
			name = otherwise
		}
		params = append(params, plan.Param{Name: signature.JSONName(v, name, taken), Type: types.TypeString(v.Type(), q.Name)})
	}
	return params
}

func (p *planner) qualify(pkg *types.Package) string {
	if pkg == p.pkg.Types {
		return ""
	}
	return pkg.Name()
}

// arguments reads the arguments of the directive: compensate=F.
func (p *planner) arguments(f *source.Func, d directive.Directive, r *plan.Record) {
	const example = "as in //instrument:step compensate=Release"
	given := false
	for _, arg := range d.Args {
		name, value, _ := strings.Cut(arg.Arg, "=")
		switch {
		case name == "compensate" && value == "":
			p.program.Findings.At(arg.Pos, example, "option compensate of //instrument:step must name a function")
		case name != "compensate":
			hint := suggest.DidYouMean(name, []string{"compensate"})
			if hint == "" {
				hint = example
			}
			p.program.Findings.At(arg.Pos, hint, "//instrument:step must not have an argument %q", arg.Arg)
		case given:
			p.program.Findings.At(arg.Pos, "remove one", "option compensate of //instrument:step must be given once")
		default:
			r.Undo = p.undo(f, value, arg.Pos)
		}
		given = given || name == "compensate"
	}
}

// undo finds the function that undoes a step: a method of the same receiver, or a function of the
// package.
func (p *planner) undo(f *source.Func, name string, pos token.Pos) *plan.Undo {
	undo := &plan.Undo{Name: name}
	var fn *types.Func
	if recv := f.Obj.Signature().Recv(); recv != nil {
		obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, p.pkg.Types, name)
		if fn, _ = obj.(*types.Func); fn != nil {
			undo.Method = true
		}
	}
	if fn == nil {
		fn, _ = p.pkg.Types.Scope().Lookup(name).(*types.Func)
	}
	want := p.undoing(f)
	if fn == nil {
		p.program.Findings.At(pos, "declare func "+name+want, "option compensate of //instrument:step must name a method of the step's receiver, or a function of its package, not %q", name)
		return nil
	}
	if have := fn.Signature(); !undoes(f.Obj.Signature(), have) {
		p.program.Findings.At(pos, "declare it as func "+name+want, "%s must take what step %s takes and then what it returns, and return an error", name, f.Key)
		return nil
	}
	return undo
}

// undoing writes the signature of what undoes a step.
func (p *planner) undoing(f *source.Func) string {
	list := []string{"context.Context"}
	for i := 1; i < f.Obj.Signature().Params().Len(); i++ {
		list = append(list, types.TypeString(f.Obj.Signature().Params().At(i).Type(), p.qualify))
	}
	for i := range f.Obj.Signature().Results().Len() - 1 {
		list = append(list, types.TypeString(f.Obj.Signature().Results().At(i).Type(), p.qualify))
	}
	return "(" + strings.Join(list, ", ") + ") error"
}

// undoes reports whether a function takes the parameters of a step and then its results, and
// returns an error.
func undoes(step, undo *types.Signature) bool {
	want := signature.TupleTypes(step.Params())
	want = append(want, signature.TupleTypes(step.Results())[:step.Results().Len()-1]...)
	have := signature.TupleTypes(undo.Params())
	return !undo.Variadic() && undo.TypeParams() == nil && slices.EqualFunc(want, have, signature.Same) &&
		undo.Results().Len() == 1 && signature.IsError(undo.Results().At(0).Type())
}
