package analysis

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// Directives on types and above package clauses, which are about several functions.

// broad returns what the directives on a method's type and above its file's package clause ask for, the wider ones first.
func (b *planner) broad(f *function, byFile map[*ast.File]fileDirectives) (want []*wanted, off *directive) {
	if !f.obj.Exported() {
		return nil, nil
	}
	if f.exported() {
		want, off = b.rules.wantedBy(f.pkg, f.file, byFile[f.file].file, false)
	}
	if file, spec := typeSpec(byFile, f); spec != nil {
		ofType, typeOff := b.rules.wantedBy(f.pkg, file, withoutDecorate(byFile[file].types[spec]), false)
		want, off = append(want, ofType...), cmp.Or(typeOff, off)
	}
	return want, off
}

// idle reports directives on types and above package clauses that are about no function at all.
func (b *planner) idle(pkg *checked, functions []*function, byFile map[*ast.File]fileDirectives) {
	p := b.p
	report := func(list []directive, format string, args ...any) {
		for _, d := range list {
			if d.name == "decorate" {
				p.undecorated(d)
				continue
			}
			if misnamed(d, p.diags) {
				continue
			}
			p.diags.at(d.pos, "put it on what needs it, or remove it", "directive //instrument:%s "+format, append([]any{d.name}, args...)...)
		}
	}
	for _, file := range pkg.files {
		if !slices.ContainsFunc(functions, func(f *function) bool { return f.file == file && f.exported() }) {
			report(byFile[file].file, "above package must have an exported function or method in its file")
		}
		for spec, list := range byFile[file].types {
			if obj := pkg.info.Defs[spec.Name]; obj == nil || types.IsInterface(obj.Type()) {
				continue // decorators read them
			}
			if !slices.ContainsFunc(functions, func(f *function) bool {
				return f.recv != nil && f.recv.Name() == spec.Name.Name && f.obj.Exported()
			}) {
				report(withoutDecorate(list), "on a type must have an exported method, and %s has none", spec.Name.Name)
			}
		}
	}
}

func (p *Program) undecorated(d directive) {
	p.diags.at(d.pos, "move it, or remove it", "directive //instrument:decorate must be on an interface")
}

func withoutDecorate(list []directive) []directive {
	return slices.DeleteFunc(slices.Clone(list), func(d directive) bool { return d.name == "decorate" })
}

// typeSpec returns the declaration of a method's receiver type, which may be in another file of the package.
func typeSpec(byFile map[*ast.File]fileDirectives, f *function) (*ast.File, *ast.TypeSpec) {
	if f.recv == nil {
		return nil, nil
	}
	for _, file := range f.pkg.files {
		for spec := range byFile[file].types {
			if spec.Name.Name == f.recv.Name() {
				return file, spec
			}
		}
	}
	return nil, nil
}
