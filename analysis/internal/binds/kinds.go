package binds

import (
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/internal/kind"
)

// kindNames returns the names that the option kind may have.
func kindNames() (names []string) {
	for _, k := range kind.All() {
		names = append(names, k.Name)
	}
	return names
}

// kindOf returns the kind whose portable type t is, under whatever alias, with the type's
// arguments; or nil. Wrong is true if t is nearly a portable type: a pointer to one, or the value
// of one that must be a pointer.
func kindOf(t types.Type) (k *kind.Type, args []types.Type, wrong bool) {
	pointer, isPointer := types.Unalias(t).(*types.Pointer)
	if isPointer {
		t = pointer.Elem()
	}
	for _, k := range kind.Types() {
		if signature.IsNamed(t, k.Path, k.Name) {
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
func portable(program *source.Types, pkg *source.Package, k *kind.Type) *types.Named {
	imported, err := program.Import(pkg, k.Path)
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

// instance returns a portable type with type arguments, as a field has it.
func instance(k *kind.Type, named *types.Named, args []types.Type) types.Type {
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
	if !files.Hold("//instrument:bind", "//instrument:service", "//instrument:subscribe", "//instrument:workflow") {
		return nil
	}
	list := []string{kind.Bindings}
	for _, k := range kind.All() {
		list = append(list, k.Path)
	}
	for _, k := range kind.Types() {
		list = append(list, k.Path)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
