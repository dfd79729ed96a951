package binds

import (
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// kind is one way in which a field is bound: by the portable type of a package of bindings.
type kind struct {
	name    string // "kv"
	path    string // import path of the type's package
	typ     string // name of the type
	form    string // of kinds that have two types
	opens   string // import path of the package that opens it
	pointer bool   // fields hold a pointer to the type
	matched bool   // fields of local interfaces are matched against its methods
}

// kinds are the portable types. A service has none: it is an interface of the user's.
var kinds = []kind{
	{name: "kv", path: plan.BindingsPath + "/kv", typ: "Of", matched: true},
	{name: "topic", path: plan.BindingsPath + "/topic", typ: "Of", matched: true},
	{name: "lock", path: plan.BindingsPath + "/lock", typ: "Locks", matched: true},
	{name: "blob", path: plan.BindingsPath + "/blob", typ: "Bucket", matched: true},
	{name: "sql", path: "database/sql", typ: "DB", opens: plan.BindingsPath + "/sqldb", pointer: true, matched: true},
	{name: "sql", path: plan.BindingsPath + "/sqldb", typ: "Tenants", form: "tenants", matched: true},
	{name: "secret", path: plan.BindingsPath + "/secret", typ: "Secret"},
	{name: "secret", path: plan.BindingsPath + "/secret", typ: "Source", form: "source", matched: true},
	{name: "config", path: plan.BindingsPath + "/config", typ: "Of", matched: true},
}

// kindNames returns the names that the option kind may have, in the order of the table.
func kindNames() []string {
	var names []string
	for _, k := range kinds {
		if !slices.Contains(names, k.name) {
			names = append(names, k.name)
		}
	}
	return append(names, "service")
}

// String writes the type as code has it: "kv.Of", "*sql.DB".
func (k *kind) String() string {
	text := k.path[strings.LastIndexByte(k.path, '/')+1:] + "." + k.typ
	if k.pointer {
		return "*" + text
	}
	return text
}

// opener is the import path of the package that opens the kind.
func (k *kind) opener() string {
	if k.opens != "" {
		return k.opens
	}
	return k.path
}

// kindOf returns the kind whose portable type t is, under whatever alias, with the type's arguments; or nil. Wrong is
// true for what is nearly one: a pointer to it, or the value of one that must be a pointer.
func kindOf(t types.Type) (k *kind, args []types.Type, wrong bool) {
	pointer, isPointer := types.Unalias(t).(*types.Pointer)
	if isPointer {
		t = pointer.Elem()
	}
	for i := range kinds {
		k := &kinds[i]
		if signature.IsNamed(t, k.path, k.typ) {
			list := types.Unalias(t).(*types.Named).TypeArgs()
			for arg := range list.Types() {
				args = append(args, arg)
			}
			return k, args, isPointer != k.pointer
		}
	}
	return nil, nil, false
}

// portable returns the kind's type as the package sees it, generic if it has type parameters, or nil where its package cannot
// be imported.
func portable(program *source.Types, pkg *source.Package, k *kind) *types.Named {
	imported, err := program.Import(pkg, k.path)
	if err != nil || imported == nil {
		return nil
	}
	obj := imported.Scope().Lookup(k.typ)
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
	if k.pointer {
		return types.NewPointer(t)
	}
	return t
}

// Packages returns the packages of bindings that a plan needs to know, where a directive may ask for a binding.
func Packages(files *source.Files) []string {
	if !files.Hold("//instrument:bind", "//instrument:service", "//instrument:subscribe") {
		return nil
	}
	list := []string{plan.BindingsPath, plan.ServicePath}
	for _, k := range kinds {
		list = append(list, k.path, k.opener())
	}
	slices.Sort(list)
	return slices.Compact(list)
}
