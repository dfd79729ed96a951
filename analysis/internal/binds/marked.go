package binds

import (
	"go/ast"
	"slices"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
)

// marked are the types and methods of a package that have a directive about bindings, in the order
// of the source.
type marked struct {
	structs  []markedType // with bind
	services []markedType
	methods  []markedMethod // with subscribe or workflow
}

// markedType is a type with the directive that it is marked with.
type markedType struct {
	file *ast.File
	spec *ast.TypeSpec
	d    directive.Directive
}

// markedMethod is a function with a directive subscribe or workflow.
type markedMethod struct {
	decl *ast.FuncDecl
	d    directive.Directive
}

// belongsOn says what each directive about bindings must be on.
var belongsOn = map[string]string{"bind": "a struct type or one of its fields", "subscribe": "a method", "workflow": "a method",
	"service": "an interface"}

// aboutBindings reports whether a directive is one of this package's.
func aboutBindings(d directive.Directive) bool { return belongsOn[d.Name] != "" }

// takeMarked takes the directives about bindings out of the files' directives, and reports those on
// anything that they cannot apply to. The directives on fields stay.
func takeMarked(files []*ast.File, byFile map[*ast.File]directive.Set, findings *finding.List) *marked {
	m := &marked{}
	for _, file := range files {
		set := byFile[file]
		misplaced(set.File, aboutBindings, findings)
		set.File = without(set.File, aboutBindings)
		byFile[file] = set
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				m.takeMethod(decl, set.Funcs, findings)
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && slices.ContainsFunc(set.Types[spec], aboutBindings) {
						m.takeType(file, spec, set.Types, findings)
					}
				}
			}
		}
	}
	return m
}

func (m *marked) takeMethod(fn *ast.FuncDecl, all map[*ast.FuncDecl][]directive.Directive, findings *finding.List) {
	list, ok := all[fn]
	if !ok {
		return
	}
	misplaced(list, func(d directive.Directive) bool { return d.Name == "bind" || d.Name == "service" }, findings)
	given := map[string]bool{}
	for _, d := range list {
		switch {
		case d.Name != "subscribe" && d.Name != "workflow":
		case given[d.Name]:
			findings.At(d.Pos, "merge them into one", "directive //instrument:%s must be given once", d.Name)
		default:
			m.methods = append(m.methods, markedMethod{fn, d})
			given[d.Name] = true
		}
	}
	all[fn] = without(list, aboutBindings)
}

func (m *marked) takeType(file *ast.File, spec *ast.TypeSpec, all map[*ast.TypeSpec][]directive.Directive, findings *finding.List) {
	seen := map[string]bool{}
	for _, d := range all[spec] {
		switch {
		case !aboutBindings(d):
		case d.Name == "subscribe", d.Name == "workflow":
			misplaced([]directive.Directive{d}, aboutBindings, findings)
		case seen[d.Name]:
			findings.At(d.Pos, "merge them into one", "directive //instrument:%s must be given once", d.Name)
		case d.Name == "service":
			m.services = append(m.services, markedType{file, spec, d})
		default:
			m.structs = append(m.structs, markedType{file, spec, d})
		}
		seen[d.Name] = true
	}
	if all[spec] = without(all[spec], aboutBindings); len(all[spec]) == 0 {
		delete(all, spec)
	}
}

// without returns a copy of a list of directives without some of them.
func without(list []directive.Directive, remove func(directive.Directive) bool) []directive.Directive {
	return slices.DeleteFunc(slices.Clone(list), remove)
}

// misplaced reports the directives of a list as being on the wrong thing.
func misplaced(list []directive.Directive, wrong func(directive.Directive) bool, findings *finding.List) {
	for _, d := range list {
		if wrong(d) {
			findings.At(d.Pos, "move it there", "directive //instrument:%s must be on %s", d.Name, belongsOn[d.Name])
		}
	}
}

// hasStruct reports whether a type of the name is marked with bind, whether it was planned or
// refused.
func (m *marked) hasStruct(name string) bool {
	return slices.ContainsFunc(m.structs, func(t markedType) bool { return t.spec.Name.Name == name })
}

// strayFields reports the directives on fields of structs that are not marked.
func (m *marked) strayFields(byFile map[*ast.File]directive.Set, findings *finding.List) {
	var read []*ast.Field
	for _, t := range m.structs {
		read = append(read, directive.Fields(t.spec)...)
	}
	for _, set := range byFile {
		for field, list := range set.Fields {
			if slices.Contains(read, field) {
				continue
			}
			for _, d := range list {
				if d.Name == "bind" {
					findings.At(d.Pos, "mark the struct, or remove it",
						"directive //instrument:bind on a field must be in a struct type that is marked //instrument:bind")
					continue
				}
				directive.Detached(d, findings)
			}
		}
	}
}
