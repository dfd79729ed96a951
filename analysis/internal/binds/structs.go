package binds

import (
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// boundStruct is a struct marked //instrument:bind that is being planned.
type boundStruct struct {
	markedType
	obj     *types.TypeName
	imports *signature.Qualifier // of the types of its fields and messages
	refused bool                 // something about it was reported, so it is not planned
	plan    plan.Bind
}

// structs returns the marked types that can be bound.
func (s *scope) structs(marked []markedType) []*boundStruct {
	var list []*boundStruct
	for _, m := range marked {
		if b := s.structOf(m); b != nil {
			list = append(list, b)
		}
	}
	return list
}

// structOf returns the struct that a directive bind marks. It reports a type that cannot be bound,
// and returns nil.
func (s *scope) structOf(m markedType) *boundStruct {
	obj, ok := s.pkg.Info.Defs[m.spec.Name].(*types.TypeName)
	if !ok {
		return nil
	}
	name := obj.Name()
	_, written := ast.Unparen(m.spec.Type).(*ast.StructType)
	switch {
	case !written || m.spec.Assign.IsValid():
		s.at(m.d.Pos, "move it, or remove it",
			"directive //instrument:bind must be on a type that is written as a struct, and %s is not", name)
		return nil
	case m.spec.TypeParams != nil:
		s.at(m.d.Pos, "bind a struct that holds one instance of it",
			"directive //instrument:bind must be on a struct type without type parameters, and %s has some", name)
		return nil
	case name == "_":
		s.at(m.d.Pos, "give the type a name", "directive //instrument:bind must be on a type with a name")
		return nil
	case len(m.d.Args) > 0:
		s.at(m.d.Args[0].Pos, "put it on the field that it is about", "directive //instrument:bind on a struct must not have an argument")
		return nil
	}
	b := &boundStruct{markedType: m, obj: obj, imports: signature.NewQualifier(s.pkg.Types), plan: plan.Bind{
		Type: name, Func: plan.DerivedName("Bind", name, ""), Needs: name + "Needs", Pos: s.position(m.spec.Pos()),
	}}
	b.refused = !s.checkFree(m.d, name, b.plan.Func, b.plan.Needs)
	return b
}

// add adds a struct to the package's plan once everything that it binds is planned.
func (s *scope) add(b *boundStruct) {
	if !b.refused && len(b.plan.Fields)+len(b.plan.Handles)+len(b.plan.Runs) == 0 {
		s.at(b.d.Pos, "remove the directive, or add a field such as Carts kv.Of[string, Cart]",
			"struct %s must have a field that can be bound or a method with //instrument:subscribe or //instrument:workflow", b.obj.Name())
		return
	}
	if err := s.addImports(kind.Bindings); err != nil {
		s.at(b.d.Pos, "bind in another package", "package %s cannot use bindings: %v", s.out.Name, err)
		return
	}
	if !b.refused {
		b.plan.Imports = b.imports.ImportList()
		s.out.Binds = append(s.out.Binds, b.plan)
	}
}
