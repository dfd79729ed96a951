package signature

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

// Travels returns nil if values of a type come back from encoding/json as they were. It assumes
// that json.Marshal gets the value itself, not a pointer to it, and that json.Unmarshal gets a
// pointer to a zero value. Otherwise the error says what would be lost, in a clause whose type
// names are qualified by name.
//
// Encoding/json leaves out unexported fields and those with the tag json:"-". Losing them is no
// error, because they are meant to stay behind, unless no other field is left. Nor is it an error
// if only run time can tell: for type parameters, for the values in an any, and for a type that has
// only one of the methods MarshalJSON and UnmarshalJSON and may accept the default form for the
// other.
func Travels(t types.Type, name types.Qualifier) error {
	r := roundTrip{name: name, seen: map[place]bool{}}
	return r.check(t, false)
}

// roundTrip checks a type and everything that its values hold.
type roundTrip struct {
	name types.Qualifier
	seen map[place]bool // a type that holds itself is checked once
}

// place is a type at a place where encoding/json meets a value of it. Marshal calls methods of the
// pointer to it only if the value has an address; Unmarshal always does.
type place struct {
	t         types.Type
	addressed bool
}

func (r *roundTrip) check(t types.Type, addressed bool) error {
	t = types.Unalias(t)
	at := place{t, addressed}
	if _, ok := t.(*types.TypeParam); ok || r.seen[at] {
		return nil
	}
	r.seen[at] = true
	switch u := t.Underlying().(type) {
	case *types.Interface: // not even a json.Unmarshaler says which type Unmarshal should create
		if u.NumMethods() > 0 {
			return r.is(t, "an interface, and what is in it would be lost")
		}
		return nil
	case *types.Pointer:
		return r.check(u.Elem(), true)
	}
	if done, err := r.methods(at); done || err != nil {
		return err
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		return r.fields(at, u)
	case *types.Map:
		if err := r.key(t, u.Key()); err != nil {
			return err
		}
		return r.check(u.Elem(), false)
	case *types.Slice:
		return r.check(u.Elem(), true)
	case *types.Array:
		return r.check(u.Elem(), addressed)
	}
	return r.formless(t)
}

// formless returns an error for a type that has no form in JSON unless its methods give it one.
func (r *roundTrip) formless(t types.Type) error {
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return r.is(t, "a channel")
	case *types.Signature:
		return r.is(t, "a function")
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 || u.Kind() == types.UnsafePointer {
			return fmt.Errorf("%s has no form in JSON", r.text(t))
		}
	case *types.Struct:
		_, err := r.visible(t, u)
		return err
	}
	return nil
}

// fields checks what encoding/json sees of a struct.
func (r *roundTrip) fields(at place, u *types.Struct) error {
	seen, err := r.visible(at.t, u)
	if err != nil {
		return err
	}
	for _, f := range seen {
		if err := r.check(f.Type(), at.addressed || f.addressed); err != nil {
			return fmt.Errorf("in field %s of %s, %w", f.Name(), r.text(at.t), err)
		}
	}
	return nil
}

// visibleField is a field that encoding/json sees.
type visibleField struct {
	*types.Var
	addressed bool // it is promoted through a pointer
}

// visible returns the fields of a struct that encoding/json sees. It returns an error if the struct
// has fields but encoding/json sees none of them.
func (r *roundTrip) visible(t types.Type, u *types.Struct) ([]visibleField, error) {
	list, err := r.promote(u, nil)
	if err == nil && len(list) == 0 && u.NumFields() > 0 {
		err = fmt.Errorf("%s has no field that encoding/json sees", r.text(t))
	}
	return list, err
}

// promote returns the fields of a struct that encoding/json sees, including those of embedded
// structs. outer holds the structs that embed this one.
func (r *roundTrip) promote(u *types.Struct, outer []*types.Struct) (list []visibleField, err error) {
	if slices.Contains(outer, u) {
		return nil, nil
	}
	for i := range u.NumFields() {
		f := u.Field(i)
		tag := reflect.StructTag(u.Tag(i)).Get("json")
		switch {
		case tag == "-":
		case f.Embedded():
			promoted, err := r.embedded(f, tag, append(outer, u))
			if err != nil {
				return nil, err
			}
			list = append(list, promoted...)
		case f.Exported():
			list = append(list, visibleField{Var: f})
		}
	}
	return list, nil
}

// embedded returns the fields of an embedded struct, or the field itself if it is not a struct or
// has a name in its tag. It returns an error for a pointer that Unmarshal cannot set.
func (r *roundTrip) embedded(f *types.Var, tag string, outer []*types.Struct) (list []visibleField, err error) {
	t, pointer := f.Type(), false
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t, pointer = p.Elem(), true
	}
	inner, isStruct := t.Underlying().(*types.Struct)
	if !isStruct && !f.Exported() {
		return nil, nil
	}
	list = []visibleField{{Var: f}}
	if name, _, _ := strings.Cut(tag, ","); isStruct && name == "" {
		list, err = r.promote(inner, outer)
		for i := range list {
			list[i].addressed = list[i].addressed || pointer
		}
	}
	if err == nil && pointer && !f.Exported() && len(list) > 0 {
		err = fmt.Errorf("the embedded pointer to %s cannot be set, because the type is not exported", r.text(t))
	}
	return list, err
}

// methods checks a type by its methods for JSON and text. It reports whether there is nothing else
// to check.
func (r *roundTrip) methods(at place) (done bool, err error) {
	writes, reads := formOf(at.t, at.addressed, "Marshal"), formOf(at.t, true, "Unmarshal")
	for _, m := range []method{writes, reads} {
		if err := r.promoted(at, m); err != nil {
			return true, err
		}
	}
	basic, _ := at.t.Underlying().(*types.Basic)
	plainText := basic != nil && basic.Info()&types.IsString != 0
	switch {
	case writes.form == reads.form && writes.form == "":
		return false, nil
	case writes.form != "" && reads.form != "":
		return true, nil
	case writes.form == "" && formOf(at.t, true, "Marshal").form != "":
		return true, fmt.Errorf("%s is written by a method of *%[1]s, which encoding/json does not call on a value", r.text(at.t))
	case writes.form == "Text" && !plainText:
		return true, fmt.Errorf("%s has MarshalText and no UnmarshalText", r.text(at.t))
	case reads.form == "Text" && !plainText:
		return true, fmt.Errorf("%s has UnmarshalText and no MarshalText", r.text(at.t))
	}
	return true, r.formless(at.t)
}

// promoted returns an error if a type has a method of an embedded field that leaves out its other
// fields, or that is called before the embedded field is set.
func (r *roundTrip) promoted(at place, m method) error {
	u, ok := at.t.Underlying().(*types.Struct)
	if !ok || len(m.index) < 2 {
		return nil
	}
	embedded := u.Field(m.index[0])
	if IsPointer(embedded.Type()) || types.IsInterface(embedded.Type()) {
		return fmt.Errorf("%s is read by a method of the embedded %s, which is nil", r.text(at.t), embedded.Name())
	}
	for i := range u.NumFields() {
		if f := u.Field(i); f != embedded && f.Exported() && reflect.StructTag(u.Tag(i)).Get("json") != "-" {
			return fmt.Errorf("%s has the methods of the embedded %s, which leave out %s", r.text(at.t), embedded.Name(), f.Name())
		}
	}
	return nil
}

// key checks the type of a map's keys. Unmarshal cannot create keys of interface or pointer types.
func (r *roundTrip) key(m, k types.Type) error {
	k = types.Unalias(k)
	if _, ok := k.(*types.TypeParam); ok {
		return nil
	}
	basic, _ := k.Underlying().(*types.Basic)
	writes, reads := hasForm(k, false, "Marshal", "Text") != nil, hasForm(k, true, "Unmarshal", "Text") != nil
	switch {
	case basic != nil && basic.Info()&types.IsString != 0:
		return nil
	case writes != reads:
		return fmt.Errorf("%s has keys that are written and read in different forms", r.text(m))
	case basic != nil && basic.Info()&types.IsInteger != 0, writes && !types.IsInterface(k) && !IsPointer(k):
		return nil
	}
	return fmt.Errorf("%s has keys that are neither texts nor integers", r.text(m))
}

func (r *roundTrip) text(t types.Type) string { return types.TypeString(t, r.name) }

func (r *roundTrip) is(t types.Type, what string) error {
	return fmt.Errorf("%s is %s", r.text(t), what)
}

// method is how a type is encoded or decoded: as "JSON", as "Text", or with no method of its own.
type method struct {
	form  string
	index []int // the path to the method; more than one step leads through embedded fields
}

// formOf finds the method that encoding/json calls, which prefers JSON to text.
func formOf(t types.Type, addressed bool, verb string) method {
	for _, form := range []string{"JSON", "Text"} {
		if index := hasForm(t, addressed, verb, form); index != nil {
			return method{form, index}
		}
	}
	return method{}
}

// The signatures of MarshalJSON and MarshalText, and of UnmarshalJSON and UnmarshalText.
var (
	data        = types.NewVar(token.NoPos, nil, "", types.NewSlice(types.Typ[types.Byte]))
	failure     = types.NewVar(token.NoPos, nil, "", types.Universe.Lookup("error").Type())
	marshaler   = types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(data, failure), false)
	unmarshaler = types.NewSignatureType(nil, nil, nil, types.NewTuple(data), types.NewTuple(failure), false)
)

// hasForm returns the path to the method of a name such as MarshalJSON, or nil.
func hasForm(t types.Type, addressed bool, verb, form string) []int {
	want := marshaler
	if verb == "Unmarshal" {
		want = unmarshaler
	}
	obj, index, _ := types.LookupFieldOrMethod(t, addressed, nil, verb+form)
	if fn, ok := obj.(*types.Func); ok && types.Identical(fn.Signature(), want) {
		return index
	}
	return nil
}
