package binds

import (
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	table "github.com/instrumentgo/instrument/internal/kind"
)

// kind is a kind of binding as fields ask for it, by a portable type.
type kind struct {
	*table.Type
	name, form, path string
	matched          bool
}

// kinds are the portable types. A service has none: it is an interface of the user's.
var kinds = func() (list []kind) {
	for _, t := range table.Types() {
		list = append(list, kind{Type: t, name: t.Kind.Name, form: t.Form, path: t.Path, matched: t.Matched})
	}
	return list
}()

// kindNames returns the names that the option kind may have.
func kindNames() (names []string) {
	for _, k := range table.All() {
		names = append(names, k.Name)
	}
	return names
}

// opener is the import path of the package that opens the kind.
func (k *kind) opener() string { return k.Kind.Path }

// kindOf returns the kind whose portable type t is, under whatever alias, with the type's
// arguments; or nil. Wrong is true if t is nearly a portable type: a pointer to one, or the value
// of one that must be a pointer.
func kindOf(t types.Type) (k *kind, args []types.Type, wrong bool) {
	pointer, isPointer := types.Unalias(t).(*types.Pointer)
	if isPointer {
		t = pointer.Elem()
	}
	for i := range kinds {
		k := &kinds[i]
		if signature.IsNamed(t, k.path, k.Name) {
			list := types.Unalias(t).(*types.Named).TypeArgs()
			for arg := range list.Types() {
				args = append(args, arg)
			}
			return k, args, isPointer != k.Pointer
		}
	}
	return nil, nil, false
}

// portable returns the kind's type as the package sees it, generic if it has type parameters, or
// nil where its package cannot be imported.
func portable(program *source.Types, pkg *source.Package, k *kind) *types.Named {
	imported, err := program.Import(pkg, k.path)
	if err != nil || imported == nil {
		return nil
	}
	obj := imported.Scope().Lookup(k.Name)
	if obj == nil {
		return nil
	}
	named, _ := types.Unalias(obj.Type()).(*types.Named)
	return named
}

// instance returns the kind's type with type arguments, as a field has it.
func (k *kind) instance(named *types.Named, args []types.Type) types.Type {
	var t types.Type = named
	if len(args) > 0 {
		t, _ = types.Instantiate(nil, named, args, false)
	}
	if k.Pointer {
		return types.NewPointer(t)
	}
	return t
}

// Packages returns the packages of bindings that a plan needs to know, where a directive may ask
// for a binding.
func Packages(files *source.Files) []string {
	if !files.Hold("//instrument:bind", "//instrument:service", "//instrument:subscribe") {
		return nil
	}
	list := []string{plan.BindingsPath}
	for _, k := range table.All() {
		list = append(list, k.Path)
	}
	for _, k := range kinds {
		list = append(list, k.path)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
