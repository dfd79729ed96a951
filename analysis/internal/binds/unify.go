package binds

import (
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// unifier finds the type arguments with which the methods of a portable type match those of an
// interface.
type unifier struct {
	args map[*types.TypeParam]types.Type
}

// method compares the signature of a portable type's method with the one that an interface asks
// for. The interface may leave out the options (a final variadic parameter), and the first results
// if the last one is an error. One of its results may be an interface where the portable type
// returns a pointer that implements it.
func (u *unifier) method(have, want *types.Signature) (m plan.AdapterMethod, ok bool) {
	params := have.Params().Len()
	if have.Variadic() && !want.Variadic() {
		params--
	} else if have.Variadic() != want.Variadic() {
		return m, false
	}
	if want.Params().Len() != params {
		return m, false
	}
	for i := range params {
		if !u.unify(have.Params().At(i).Type(), want.Params().At(i).Type()) {
			return m, false
		}
	}
	m.Drop = have.Results().Len() - want.Results().Len()
	if m.Drop < 0 || m.Drop > 0 && (want.Results().Len() == 0 || !signature.IsError(want.Results().At(want.Results().Len()-1).Type())) {
		return m, false
	}
	for i := range want.Results().Len() {
		from, to := have.Results().At(m.Drop+i).Type(), want.Results().At(i).Type()
		switch {
		case u.unify(from, to):
		case widens(from, to) && want.Results().Len() == 2 && i == 0 && signature.IsError(want.Results().At(1).Type()):
			m.Widen = true
		default:
			return m, false
		}
	}
	return m, true
}

// widens reports whether to is an interface that the pointer type from implements.
func widens(from, to types.Type) bool {
	iface, ok := to.Underlying().(*types.Interface)
	return ok && signature.IsPointer(from) && iface.NumMethods() > 0 && types.Implements(from, iface)
}

// unify reports whether a type that mentions the portable type's parameters can equal the other
// type, given the arguments found so far.
func (u *unifier) unify(x, y types.Type) bool {
	x, y = types.Unalias(x), types.Unalias(y)
	switch x := x.(type) {
	case *types.TypeParam:
		if known := u.args[x]; known != nil {
			return signature.Same(known, y)
		}
		u.args[x] = y
		return true
	case *types.Named:
		y, ok := y.(*types.Named)
		if !ok || !sameObject(x.Obj(), y.Obj()) || x.TypeArgs().Len() != y.TypeArgs().Len() {
			return false
		}
		for i := range x.TypeArgs().Len() {
			if !u.unify(x.TypeArgs().At(i), y.TypeArgs().At(i)) {
				return false
			}
		}
		return true
	case *types.Pointer:
		y, ok := y.(*types.Pointer)
		return ok && u.unify(x.Elem(), y.Elem())
	case *types.Slice:
		y, ok := y.(*types.Slice)
		return ok && u.unify(x.Elem(), y.Elem())
	case *types.Array:
		y, ok := y.(*types.Array)
		return ok && x.Len() == y.Len() && u.unify(x.Elem(), y.Elem())
	case *types.Map:
		y, ok := y.(*types.Map)
		return ok && u.unify(x.Key(), y.Key()) && u.unify(x.Elem(), y.Elem())
	case *types.Chan:
		y, ok := y.(*types.Chan)
		return ok && x.Dir() == y.Dir() && u.unify(x.Elem(), y.Elem())
	case *types.Signature:
		y, ok := y.(*types.Signature)
		return ok && x.Variadic() == y.Variadic() && u.tuple(x.Params(), y.Params()) && u.tuple(x.Results(), y.Results())
	}
	return signature.Same(x, y)
}

func (u *unifier) tuple(x, y *types.Tuple) bool {
	if x.Len() != y.Len() {
		return false
	}
	for i := range x.Len() {
		if !u.unify(x.At(i).Type(), y.At(i).Type()) {
			return false
		}
	}
	return true
}

// sameObject compares type names by path and name, because a type may have been read twice.
func sameObject(a, b *types.TypeName) bool {
	return a == b || a.Name() == b.Name() && a.Pkg() != nil && b.Pkg() != nil && a.Pkg().Path() == b.Pkg().Path()
}
