package binds

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// What a package gets from its platform, by the directives bind, subscribe and service.

// Planner plans the bindings of packages, one package after the other.
type Planner struct {
	p        *source.Program
	injects  []string        // packages of bindings that generated files import
	handlers []placedHandler // of all packages
}

func New(p *source.Program) *Planner { return &Planner{p: p} }

// Imports returns the packages of bindings that generated files import, sorted.
func (b *Planner) Imports() []string { return slices.Sorted(slices.Values(b.injects)) }

// injector plans the bindings of one package.
type injector struct {
	*Planner
	pkg    *source.Package
	byFile map[*ast.File]directive.Set
	names  *source.Names
	out    *plan.Package
	bound  map[*types.TypeName]*binding // structs marked //instrument:bind

	meanings map[string]meaning // by logical name
	refused  []*ast.TypeSpec    // with a directive bind that cannot be followed
}

// Package plans what the package's directives say of bindings, and takes these directives away from what the functions'
// aspects are read from.
func (b *Planner) Package(pkg *source.Package, byFile map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	j := &injector{Planner: b, pkg: pkg, byFile: byFile, names: names, out: out, bound: map[*types.TypeName]*binding{}, meanings: map[string]meaning{}}
	own := b.p.Graph.IsOwn(pkg.Listed)
	var order []*binding
	var services []markedType
	for _, file := range pkg.Files {
		j.misplaced(file)
		for _, m := range j.takeTypes(file) {
			switch {
			case !own: // its own module's generate has done it
			case m.d.Name == "service":
				services = append(services, m)
			default:
				if s := j.structOf(m); s != nil {
					j.bound[s.obj], order = s, append(order, s)
				} else {
					j.refused = append(j.refused, m.spec)
				}
			}
		}
	}
	methods := j.takeMethods()
	if !own {
		return
	}
	if len(order)+len(services) > 0 && b.p.Graph.Incomplete(plan.BindingsPath) {
		b.injects = append(b.injects, plan.BindingsPath)
		return
	}
	for _, s := range order {
		j.fields(s)
	}
	for _, m := range methods {
		j.subscription(m)
	}
	for _, s := range order {
		j.finish(s)
	}
	for _, m := range services {
		j.service(m)
	}
	j.stray()
}

// markedType is a type with the directive that it is marked with.
type markedType struct {
	file *ast.File
	spec *ast.TypeSpec
	d    directive.Directive
}

// injected are the directives that this file is about.
func injected(d directive.Directive) bool {
	return d.Name == "bind" || d.Name == "subscribe" || d.Name == "service"
}

// takeTypes takes the directives bind and service from the file's types.
func (j *injector) takeTypes(file *ast.File) []markedType {
	var list []markedType
	all := j.byFile[file].Types
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			spec, ok := s.(*ast.TypeSpec)
			if !ok || !slices.ContainsFunc(all[spec], injected) {
				continue
			}
			seen := map[string]bool{}
			for _, d := range all[spec] {
				switch {
				case !injected(d):
				case d.Name == "subscribe":
					j.at(d.Pos, "move it there", "directive //instrument:subscribe must be on a method")
				case seen[d.Name]:
					j.at(d.Pos, "merge them into one", "directive //instrument:%s must be given once", d.Name)
				default:
					list = append(list, markedType{file, spec, d})
				}
				seen[d.Name] = true
			}
			if all[spec] = slices.DeleteFunc(slices.Clone(all[spec]), injected); len(all[spec]) == 0 {
				delete(all, spec)
			}
		}
	}
	return list
}

// misplaced reports the directives bind and service on functions, and all three above a package clause.
func (j *injector) misplaced(file *ast.File) {
	all := j.byFile[file]
	for _, d := range all.File {
		if injected(d) {
			j.at(d.Pos, "move it there", "directive //instrument:%s must be on %s", d.Name, injectedOn(d))
		}
	}
	all.File = slices.DeleteFunc(slices.Clone(all.File), injected)
	j.byFile[file] = all
	for fn, list := range all.Funcs {
		wrong := func(d directive.Directive) bool { return d.Name == "bind" || d.Name == "service" }
		for _, d := range list {
			if wrong(d) {
				j.at(d.Pos, "move it there", "directive //instrument:%s must be on %s", d.Name, injectedOn(d))
			}
		}
		all.Funcs[fn] = slices.DeleteFunc(slices.Clone(list), wrong)
	}
}

func injectedOn(d directive.Directive) string {
	return map[string]string{"bind": "a struct type or one of its fields", "subscribe": "a method", "service": "an interface"}[d.Name]
}

// stray reports the directives on fields of structs that are not bound.
func (j *injector) stray() {
	for _, file := range j.pkg.Files {
		for field, list := range j.byFile[file].Fields {
			if j.read(field) {
				continue
			}
			for _, d := range list {
				if d.Name == "bind" {
					j.at(d.Pos, "mark the struct, or remove it", "directive //instrument:bind on a field must be in a struct type that is marked //instrument:bind")
					continue
				}
				directive.Detached(d, j.p.Findings)
			}
		}
	}
}

// read reports whether the field is one of a marked struct, whose directives have been looked at.
func (j *injector) read(field *ast.Field) bool {
	specs := slices.Clone(j.refused)
	for _, s := range j.bound {
		specs = append(specs, s.spec)
	}
	return slices.ContainsFunc(specs, func(spec *ast.TypeSpec) bool { return slices.Contains(directive.Fields(spec), field) })
}

// at reports a finding.
func (j *injector) at(pos token.Pos, hint, format string, args ...any) {
	j.p.Findings.At(pos, hint, format, args...)
}

// free reports whether the package leaves the names to what is generated, and says so where it does not.
func (j *injector) free(d directive.Directive, of string, generated ...string) bool {
	ok := true
	for _, name := range generated {
		if !j.declares(name) {
			continue
		}
		ok = false
		j.at(d.Pos, "rename one of them", "package %s must not declare %s, which //instrument:%s on %s generates", j.out.Name, name, d.Name, of)
	}
	return ok
}

// declares reports whether the user's own files declare the name, those of tests and of other platforms included.
func (j *injector) declares(name string) bool {
	if obj := j.pkg.Declared(name); obj != nil {
		return filepath.Base(j.p.Position(obj.Pos()).Filename) != plan.GeneratedFile
	}
	return slices.Contains(j.out.Taken, name)
}

// uses notes packages that the generated file imports. The error is of one that imports the package itself.
func (j *injector) uses(paths ...string) error {
	for _, path := range paths {
		if cycle := j.p.Graph.PathBetween(path, j.pkg.Listed.PkgPath); cycle != nil {
			return fmt.Errorf("import cycle: %s", strings.Join(append([]string{j.pkg.Listed.PkgPath}, cycle...), " imports "))
		}
		if !slices.Contains(j.injects, path) {
			j.injects = append(j.injects, path)
		}
	}
	return nil
}
