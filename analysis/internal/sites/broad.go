package sites

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Directives on types and above package clauses apply to several functions.

// broad returns what the directives on a method's type and above its file's package clause ask for,
// the wider ones first.
func (b *packagePlanner) broad(f *source.Func) (want []*ask.Want, off *directive.Directive) {
	if !f.Obj.Exported() {
		return nil, nil
	}
	if f.Exported() {
		want, off = b.rules.FromDirectives(f.Pkg, f.File, b.directives[f.File].File, false)
	}
	if file, spec := b.typeSpec(f); spec != nil {
		ofType, typeOff := b.rules.FromDirectives(f.Pkg, file, withoutDecorate(b.directives[file].Types[spec]), false)
		want, off = append(want, ofType...), cmp.Or(typeOff, off)
	}
	return want, off
}

// idle reports directives on types and above package clauses that apply to no function at all.
func (b *packagePlanner) idle(functions []*source.Func) {
	p := b.program
	report := func(list []directive.Directive, format string, args ...any) {
		for _, d := range list {
			if d.Name == "decorate" {
				directive.Undecorated(d, p.Findings)
				continue
			}
			if directive.Misnamed(d, p.Findings) {
				continue
			}
			p.Findings.At(d.Pos, "put it on what needs it, or remove it", "directive //instrument:%s "+format, append([]any{d.Name}, args...)...)
		}
	}
	for _, file := range b.pkg.Files {
		if !slices.ContainsFunc(functions, func(f *source.Func) bool { return f.File == file && f.Exported() }) {
			report(b.directives[file].File, "above package must have an exported function or method in its file")
		}
		for spec, list := range b.directives[file].Types {
			if obj := b.pkg.Info.Defs[spec.Name]; obj == nil || types.IsInterface(obj.Type()) {
				continue // decorators read them
			}
			if !slices.ContainsFunc(functions, func(f *source.Func) bool {
				return f.Recv != nil && f.Recv.Name() == spec.Name.Name && f.Obj.Exported()
			}) {
				report(withoutDecorate(list), "on a type must have an exported method, and %s has none", spec.Name.Name)
			}
		}
	}
}

func withoutDecorate(list []directive.Directive) []directive.Directive {
	return slices.DeleteFunc(slices.Clone(list), func(d directive.Directive) bool { return d.Name == "decorate" })
}

// typeSpec returns the declaration of a method's receiver type, which may be in another file of the
// package.
func (b *packagePlanner) typeSpec(f *source.Func) (*ast.File, *ast.TypeSpec) {
	if f.Recv == nil {
		return nil, nil
	}
	for _, file := range f.Pkg.Files {
		for spec := range b.directives[file].Types {
			if spec.Name.Name == f.Recv.Name() {
				return file, spec
			}
		}
	}
	return nil, nil
}
