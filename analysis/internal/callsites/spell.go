package callsites

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// spelling spells types in the generated file, where the call's scope is not at hand.
type spelling struct {
	p         *packagePlanner
	call      *call
	qualifier *signature.Qualifier
	params    []*types.TypeParam // of the function that holds the call, in the order in which they are found
	seen      map[types.Type]refusal
	kept      map[*types.TypeName]bool // aliases of types that go by no other name here
	bare      map[string]bool          // names of types that are spelled without a package
}

func newSpelling(p *packagePlanner, c *call) *spelling {
	self := types.NewPackage(p.pkg.Listed.PkgPath, p.pkg.Listed.Name)
	return &spelling{p: p, call: c, qualifier: signature.NewQualifier(self), seen: map[types.Type]refusal{}, kept: map[*types.TypeName]bool{},
		bare: map[string]bool{}}
}

// text returns a type as Go source. It must have been checked.
func (s *spelling) text(t types.Type) string {
	return types.TypeString(s.plain(t), func(pkg *types.Package) string {
		if pkg.Path() == s.p.pkg.Listed.PkgPath {
			return ""
		}
		return s.qualifier.Name(pkg)
	})
}

// check refuses a type that cannot be spelled.
func (s *spelling) check(t types.Type) refusal {
	if alias, ok := t.(*types.Alias); ok {
		r := s.check(types.Unalias(t))
		if r.any() && alias.Obj().Exported() && alias.TypeArgs() == nil && !s.name(alias.Obj()).any() {
			s.kept[alias.Obj()], r = true, refusal{}
		}
		return r
	}
	if r, known := s.seen[t]; known {
		return r
	}
	s.seen[t] = refusal{} // while a type that refers to itself is checked
	s.seen[t] = s.inspect(t)
	return s.seen[t]
}

// inspect is check for a type that has not been checked and is no alias.
func (s *spelling) inspect(t types.Type) refusal {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.Invalid {
			return refusal{"its types must be those of Go, and be known", narrow}
		}
		s.bare[t.Name()] = true
	case *types.Named:
		if r := s.name(t.Obj()); r.any() {
			return r
		}
		return s.all(slices.Collect(t.TypeArgs().Types()))
	case *types.TypeParam:
		return s.typeParam(t)
	case *types.Pointer:
		return s.check(t.Elem())
	case *types.Slice:
		return s.check(t.Elem())
	case *types.Array:
		return s.check(t.Elem())
	case *types.Chan:
		return s.check(t.Elem())
	case *types.Map:
		return s.all([]types.Type{t.Key(), t.Elem()})
	case *types.Signature:
		return s.all(slices.Concat(signature.TupleTypes(t.Params()), signature.TupleTypes(t.Results())))
	case *types.Struct:
		for f := range t.Fields() {
			if r := s.member(f); r.any() {
				return r
			}
			if r := s.check(f.Type()); r.any() {
				return r
			}
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			if r := s.member(m); r.any() {
				return r
			}
			if r := s.check(m.Type()); r.any() {
				return r
			}
		}
		return s.all(slices.Collect(t.EmbeddedTypes()))
	case *types.Union:
		for term := range t.Terms() {
			if r := s.check(term.Type()); r.any() {
				return r
			}
		}
	}
	return refusal{}
}

func (s *spelling) all(list []types.Type) refusal {
	for _, t := range list {
		if r := s.check(t); r.any() {
			return r
		}
	}
	return refusal{}
}

// name checks that the generated file can name a type.
func (s *spelling) name(obj *types.TypeName) refusal {
	pkg := obj.Pkg()
	switch {
	case pkg == nil: // error, comparable
		s.bare[obj.Name()] = true
		return refusal{}
	case obj.Parent() != pkg.Scope() && obj.Parent() != nil:
		return refusal{fmt.Sprintf("its type %s must not be declared in a function, where the generated file cannot name it", obj.Name()),
			"declare the type at package level"}
	case pkg.Path() == s.p.pkg.Listed.PkgPath:
		s.bare[obj.Name()] = true
		return refusal{}
	case !obj.Exported():
		return refusal{fmt.Sprintf("its type %s.%s must be exported, or the generated file cannot name it", pkg.Name(), obj.Name()), narrow}
	case pkg.Name() == "main":
		return refusal{fmt.Sprintf("its type %s.%s must not be in a main package, which cannot be imported", pkg.Name(), obj.Name()), narrow}
	case !importable(pkg.Path(), s.p.pkg.Listed.PkgPath):
		return refusal{fmt.Sprintf("its type %s.%s must be in a package that this one may import, and %s is internal", pkg.Name(), obj.Name(),
			pkg.Path()), narrow}
	}
	return refusal{}
}

// member checks that a field or method of a type without a name can be spelled.
func (s *spelling) member(obj types.Object) refusal {
	if obj.Exported() || obj.Pkg() == nil || obj.Pkg().Path() == s.p.pkg.Listed.PkgPath {
		return refusal{}
	}
	return refusal{fmt.Sprintf("its type must not have the unexported %s of package %s, which the generated file cannot spell", obj.Name(),
		obj.Pkg().Name()), narrow}
}

// typeParam checks a type parameter of the function that holds the call, and its constraint.
func (s *spelling) typeParam(t *types.TypeParam) refusal {
	name := t.Obj().Name()
	if name == "_" {
		return refusal{"its type parameter must have a name, so that the call can pass it on", "name the type parameter"}
	}
	scope := t.Obj().Pkg().Scope().Innermost(s.call.node.Pos())
	if scope != nil {
		if _, obj := scope.LookupParent(name, s.call.node.Pos()); obj != types.Object(t.Obj()) {
			return refusal{fmt.Sprintf("its type parameter %s must not be hidden by another %s where it is called", name, name),
				"rename one of them"}
		}
	}
	s.params = append(s.params, t)
	if r := s.check(t.Constraint()); r.any() {
		return refusal{fmt.Sprintf("the constraint of its type parameter %s must be spelled in the generated file: %s", name, r.reason), r.remedy}
	}
	return refusal{}
}

// clash refuses a type parameter that has the name of another type which is spelled next to it.
func (s *spelling) clash() refusal {
	for _, tp := range s.params {
		if name := tp.Obj().Name(); s.bare[name] {
			return refusal{fmt.Sprintf("its type parameter %s must not have the name of its type %s", name, name), "rename the type parameter"}
		}
	}
	return refusal{}
}

// importable reports whether the rules about internal folders let one package import another.
func importable(path, from string) bool {
	if strings.HasPrefix(path, "vendor/") {
		return false
	}
	for i, element := range strings.Split(path, "/") {
		if element != "internal" {
			continue
		}
		parent := strings.Join(strings.Split(path, "/")[:i], "/")
		if from != parent && !strings.HasPrefix(from, parent+"/") || parent == "" {
			return false
		}
	}
	return true
}

// plain returns a type without the aliases that it need not go by: some of them only the call's
// scope knows.
func (s *spelling) plain(t types.Type) types.Type {
	if alias, ok := t.(*types.Alias); ok && s.kept[alias.Obj()] {
		return t
	}
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		return types.NewPointer(s.plain(t.Elem()))
	case *types.Slice:
		return types.NewSlice(s.plain(t.Elem()))
	case *types.Array:
		return types.NewArray(s.plain(t.Elem()), t.Len())
	case *types.Chan:
		return types.NewChan(t.Dir(), s.plain(t.Elem()))
	case *types.Map:
		return types.NewMap(s.plain(t.Key()), s.plain(t.Elem()))
	case *types.Named:
		var args []types.Type
		for a := range t.TypeArgs().Types() {
			args = append(args, s.plain(a))
		}
		if len(args) > 0 {
			if inst, err := types.Instantiate(nil, t.Origin(), args, false); err == nil {
				return inst
			}
		}
		return t
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, s.tuple(t.Params()), s.tuple(t.Results()), t.Variadic())
	default:
		return t
	}
}

func (s *spelling) tuple(tuple *types.Tuple) *types.Tuple {
	var list []*types.Var
	for v := range tuple.Variables() {
		list = append(list, types.NewParam(v.Pos(), v.Pkg(), v.Name(), s.plain(v.Type())))
	}
	return types.NewTuple(list...)
}
