package uses

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/calls"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Read reads the bodies of those packages that can have to do with bindings. What does not type-check is let pass: the compiler
// tells it.
func Read(p *source.Program, planned *plan.Plan) *plan.Uses {
	u := &usesReader{calls: calls.New(p), out: &plan.Uses{}, fields: map[token.Pos]usedBinding{}, services: map[string][]plan.Service{}, binds: map[string][]plan.Bind{}}
	for _, pkg := range planned.Packages {
		u.bind(pkg)
	}
	var readers []*usedPackage
	for _, pkg := range p.Graph.Own {
		if u.concerned(pkg) {
			r := u.read(pkg)
			r.opens()
			readers = append(readers, r)
		}
	}
	for _, r := range readers { // after all openings are known
		r.asks()
	}
	slices.SortStableFunc(u.out.Asks, func(a, b plan.Ask) int { return comparePlaces(a.Pos, b.Pos) })
	slices.SortStableFunc(u.out.Opens, func(a, b plan.Opened) int { return comparePlaces(a.Pos, b.Pos) })
	slices.SortStableFunc(u.out.Provides, func(a, b plan.Provided) int { return comparePlaces(a.Pos, b.Pos) })
	return u.out
}

func comparePlaces(a, b token.Position) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// usedBinding is a binding that the source has.
type usedBinding struct {
	kind, name string
	pkg        string // import path of the package that has the field or the call of Open
	of         string // its type, written with whole import paths
	wrapped    bool   // its store is put into something of the program's, which may be able to do more
}

// usesReader collects the uses of all packages.
type usesReader struct {
	calls    *calls.Graph
	out      *plan.Uses
	fields   map[token.Pos]usedBinding // by the field's name in the source, which is one whatever package is type-checked
	opened   []usedBinding
	services map[string][]plan.Service // interfaces marked as services, by import path
	binds    map[string][]plan.Bind
}

// bind notes the bound fields and the services of a package.
func (u *usesReader) bind(pkg *plan.Package) {
	if len(pkg.Services) > 0 {
		u.services[pkg.Path] = pkg.Services
	}
	listed := u.calls.Program.Graph.Listed[pkg.Path]
	if listed == nil || len(pkg.Binds) == 0 {
		return
	}
	u.binds[pkg.Path] = pkg.Binds
	u.foreign(pkg.Binds)
	checked := u.calls.Check(listed)
	for _, b := range pkg.Binds {
		obj := checked.Declared(b.Type)
		if obj == nil {
			continue
		}
		st, ok := obj.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for v := range st.Fields() {
			if i := slices.IndexFunc(b.Fields, func(f plan.Field) bool { return f.Field == v.Name() }); i >= 0 {
				u.fields[v.Pos()] = usedBinding{kind: b.Fields[i].Kind, name: b.Fields[i].Name, pkg: pkg.Path, of: wholeName(v.Type())}
			}
		}
	}
}

// foreign notes the services of other modules that fields are bound to: their interfaces are in no plan.
func (u *usesReader) foreign(binds []plan.Bind) {
	for _, b := range binds {
		for _, f := range b.Fields {
			if f.Service == nil || u.calls.Program.Graph.Listed[f.Service.Path] != nil && u.calls.Program.Graph.IsOwn(u.calls.Program.Graph.Listed[f.Service.Path]) {
				continue
			}
			names := plan.ServiceNames(f.Service.Name)
			s := plan.Service{Interface: f.Service.Name, Open: names[0], Provide: names[1]}
			if known := u.services[f.Service.Path]; !slices.ContainsFunc(known, func(o plan.Service) bool { return o.Interface == s.Interface }) {
				u.services[f.Service.Path] = append(known, s)
			}
		}
	}
}

func wholeName(t types.Type) string {
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.TypeString(t, nil)
}

// concerned reports whether a package's bodies can call a binding: one that knows no kind, no struct of bindings and no
// service cannot.
func (u *usesReader) concerned(pkg *packages.Package) bool {
	bound := func(path string) bool { return kindIn(path) != "" || u.services[path] != nil || u.binds[path] != nil }
	if bound(pkg.PkgPath) {
		return true
	}
	for _, dep := range pkg.Imports {
		if bound(dep.PkgPath) {
			return true
		}
	}
	return false
}

// kindIn returns the kind whose portable type is in the package with an import path, "" for any other package.
func kindIn(path string) string {
	name, ok := strings.CutPrefix(path, plan.BindingsPath+"/")
	if !ok {
		return ""
	}
	if name == "sqldb" {
		return "sql"
	}
	if askedOf[name] != nil {
		return name
	}
	return ""
}

// usedPackage is a package whose bodies are read.
type usedPackage struct {
	*usesReader
	path  string
	files []*ast.File
	info  *types.Info
}

func (u *usesReader) read(pkg *packages.Package) *usedPackage {
	checked, info := u.calls.TypeCheck(pkg)
	return &usedPackage{usesReader: u, path: pkg.PkgPath, files: checked.Files, info: info}
}

// opens notes the bindings that calls open, and the services that calls provide.
func (r *usedPackage) opens() {
	for _, file := range r.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				r.open(call)
				r.generated(call)
			}
			return true
		})
	}
}

// open notes a call of an Open of a kind's package.
func (r *usedPackage) open(call *ast.CallExpr) {
	kind, effect, _ := r.effect(call)
	if !effect.opens || len(call.Args) < 3 {
		return
	}
	name := r.constant(call.Args[2])
	r.out.Opens = append(r.out.Opens, plan.Opened{Pos: r.calls.Program.Position(call.Pos()), Package: r.path, Kind: kind, Name: name})
	if name != "" {
		r.opened = append(r.opened, r.openedBy(kind, name, call))
	}
}

// openedBy returns the binding that a call of Open opens.
func (r *usedPackage) openedBy(kind, name string, call *ast.CallExpr) usedBinding {
	b := usedBinding{kind: kind, name: name, pkg: r.path, of: wholeName(firstType(r.info.TypeOf(call)))}
	if _, e, _ := r.effect(call); e.kind != "" {
		return b
	}
	for _, arg := range call.Args[3:] {
		if option, ok := ast.Unparen(arg).(*ast.CallExpr); ok {
			_, _, fn := r.effect(option)
			b.wrapped = b.wrapped || fn != nil && fn.Name() == "Wrap"
		} else { // an option that is kept somewhere
			b.wrapped = true
		}
	}
	return b
}

// generated notes a call of a function that is generated: BindOrders, OpenService or ProvideService. They may not be generated
// yet, so that they are known by name.
func (r *usedPackage) generated(call *ast.CallExpr) {
	path, name := r.called(call)
	for _, b := range r.binds[path] {
		if c := (plan.BindCall{Package: r.path, Bind: path}); b.Func == name && !slices.Contains(r.out.Binds, c) {
			r.out.Binds = append(r.out.Binds, c)
		}
	}
	for _, s := range r.services[path] {
		pos := r.calls.Program.Position(call.Pos())
		switch {
		case name == s.Open && len(call.Args) == 3:
			r.out.Opens = append(r.out.Opens, plan.Opened{Pos: pos, Package: r.path, Kind: "service", Name: r.constant(call.Args[2])})
		case name == s.Provide && len(call.Args) == 3:
			r.out.Provides = append(r.out.Provides, plan.Provided{Pos: pos, Service: plan.Ref{Path: path, Name: s.Interface}, Name: r.constant(call.Args[1])})
		}
	}
}

// called returns the package and the name of the function that a call is written to call, whether there is one or not.
func (r *usedPackage) called(call *ast.CallExpr) (path, name string) {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		if pkg, ok := ast.Unparen(fun.X).(*ast.Ident); ok {
			if imported, ok := r.info.Uses[pkg].(*types.PkgName); ok {
				return imported.Imported().Path(), fun.Sel.Name
			}
		}
	case *ast.Ident:
		return r.path, fun.Name
	}
	return "", ""
}

// effect returns what the table says of a call, with the kind whose package the called function is in.
func (r *usedPackage) effect(call *ast.CallExpr) (kind string, e effect, fn *types.Func) {
	fn, ok := typeutil.Callee(r.info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return "", effect{}, nil
	}
	fn = fn.Origin()
	kind = kindIn(fn.Pkg().Path())
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		if of, ok := types.Unalias(recv.Type()).(*types.Named); ok {
			name = of.Obj().Name() + "." + name
		}
	}
	if e = askedOf[kind][name]; e.kind != "" {
		kind = e.kind
	}
	return kind, e, fn
}

// constant returns the text of a constant expression, "" for any other.
func (r *usedPackage) constant(x ast.Expr) string {
	if v := r.info.Types[x].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// firstType returns the first of a call's results.
func firstType(t types.Type) types.Type {
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		return tuple.At(0).Type()
	}
	return t
}
