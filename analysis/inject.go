package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// What a package gets from its platform, by the directives bind, subscribe and service.

// binder plans the bindings of packages, one package after the other.
type binder struct {
	p        *Program
	injects  []string        // packages of bindings that generated files import
	handlers []placedHandler // of all packages
}

func newBinder(p *Program) *binder { return &binder{p: p} }

// imports returns the packages of bindings that generated files import, sorted.
func (b *binder) imports() []string { return slices.Sorted(slices.Values(b.injects)) }

// injector plans the bindings of one package.
type injector struct {
	*binder
	pkg    *checked
	byFile map[*ast.File]fileDirectives
	names  *names
	out    *Package
	bound  map[*types.TypeName]*binding // structs marked //instrument:bind

	meanings map[string]meaning // by logical name
	refused  []*ast.TypeSpec    // with a directive bind that cannot be followed
}

// injection plans what the package's directives say of bindings, and takes these directives away from what the functions'
// aspects are read from.
func (b *binder) injection(pkg *checked, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	j := &injector{binder: b, pkg: pkg, byFile: byFile, names: names, out: out, bound: map[*types.TypeName]*binding{}, meanings: map[string]meaning{}}
	own := b.p.graph.isOwn(pkg.listed)
	var order []*binding
	var services []markedType
	for _, file := range pkg.files {
		j.misplaced(file)
		for _, m := range j.takeTypes(file) {
			switch {
			case !own: // its own module's generate has done it
			case m.d.name == "service":
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
	if len(order)+len(services) > 0 && b.p.graph.incomplete(bindingsPath) {
		b.injects = append(b.injects, bindingsPath)
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
	d    directive
}

// injected are the directives that this file is about.
func injected(d directive) bool {
	return d.name == "bind" || d.name == "subscribe" || d.name == "service"
}

// takeTypes takes the directives bind and service from the file's types.
func (j *injector) takeTypes(file *ast.File) []markedType {
	var list []markedType
	all := j.byFile[file].types
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
				case d.name == "subscribe":
					j.at(d.pos, "move it there", "directive //instrument:subscribe must be on a method")
				case seen[d.name]:
					j.at(d.pos, "merge them into one", "directive //instrument:%s must be given once", d.name)
				default:
					list = append(list, markedType{file, spec, d})
				}
				seen[d.name] = true
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
	for _, d := range all.file {
		if injected(d) {
			j.at(d.pos, "move it there", "directive //instrument:%s must be on %s", d.name, injectedOn(d))
		}
	}
	all.file = slices.DeleteFunc(slices.Clone(all.file), injected)
	j.byFile[file] = all
	for fn, list := range all.funcs {
		wrong := func(d directive) bool { return d.name == "bind" || d.name == "service" }
		for _, d := range list {
			if wrong(d) {
				j.at(d.pos, "move it there", "directive //instrument:%s must be on %s", d.name, injectedOn(d))
			}
		}
		all.funcs[fn] = slices.DeleteFunc(slices.Clone(list), wrong)
	}
}

func injectedOn(d directive) string {
	return map[string]string{"bind": "a struct type or one of its fields", "subscribe": "a method", "service": "an interface"}[d.name]
}

// stray reports the directives on fields of structs that are not bound.
func (j *injector) stray() {
	for _, file := range j.pkg.files {
		for field, list := range j.byFile[file].fields {
			if j.read(field) {
				continue
			}
			for _, d := range list {
				if d.name == "bind" {
					j.at(d.pos, "mark the struct, or remove it", "directive //instrument:bind on a field must be in a struct type that is marked //instrument:bind")
					continue
				}
				detached(d, j.p.diags)
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
	return slices.ContainsFunc(specs, func(spec *ast.TypeSpec) bool { return slices.Contains(structFields(spec), field) })
}

// at reports a finding.
func (j *injector) at(pos token.Pos, hint, format string, args ...any) {
	j.p.diags.at(pos, hint, format, args...)
}

// free reports whether the package leaves the names to what is generated, and says so where it does not.
func (j *injector) free(d directive, of string, generated ...string) bool {
	ok := true
	for _, name := range generated {
		if !j.declares(name) {
			continue
		}
		ok = false
		j.at(d.pos, "rename one of them", "package %s must not declare %s, which //instrument:%s on %s generates", j.out.Name, name, d.name, of)
	}
	return ok
}

// declares reports whether the user's own files declare the name, those of tests and of other platforms included.
func (j *injector) declares(name string) bool {
	if obj := j.pkg.declared(name); obj != nil {
		return filepath.Base(j.p.position(obj.Pos()).Filename) != GeneratedName
	}
	return slices.Contains(j.out.Taken, name)
}

// uses notes packages that the generated file imports. The error is of one that imports the package itself.
func (j *injector) uses(paths ...string) error {
	for _, path := range paths {
		if cycle := j.p.graph.dependencyPath(path, j.pkg.listed.PkgPath); cycle != nil {
			return fmt.Errorf("import cycle: %s", strings.Join(append([]string{j.pkg.listed.PkgPath}, cycle...), " imports "))
		}
		if !slices.Contains(j.injects, path) {
			j.injects = append(j.injects, path)
		}
	}
	return nil
}
