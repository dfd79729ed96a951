package binds

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// binding is a struct marked //instrument:bind, as it is planned.
type binding struct {
	markedType
	obj  *types.TypeName
	fine bool // nothing was found to be wrong
	bind plan.Bind
	q    *signature.Qualifier
}

// structOf returns the struct that a directive bind marks, or nil where there is something wrong with it.
func (j *injector) structOf(m markedType) *binding {
	obj, ok := j.pkg.Info.Defs[m.spec.Name].(*types.TypeName)
	if !ok {
		return nil
	}
	name := obj.Name()
	_, written := ast.Unparen(m.spec.Type).(*ast.StructType)
	switch {
	case !written || m.spec.Assign.IsValid():
		j.at(m.d.Pos, "move it, or remove it", "directive //instrument:bind must be on a type that is written as a struct, and %s is none", name)
		return nil
	case m.spec.TypeParams != nil:
		j.at(m.d.Pos, "bind a struct that holds one instance of it",
			"directive //instrument:bind must be on a struct type without type parameters, and %s has some", name)
		return nil
	case name == "_":
		j.at(m.d.Pos, "give the type a name", "directive //instrument:bind must be on a type with a name")
		return nil
	case len(m.d.Args) > 0:
		j.at(m.d.Args[0].Pos, "put it on the field that it is about", "directive //instrument:bind on a struct must not have an argument")
		return nil
	}
	s := &binding{markedType: m, obj: obj, fine: true, q: signature.NewQualifier(j.pkg.Types), bind: plan.Bind{
		Type: name, Func: plan.DerivedName("Bind", name, ""), Needs: name + "Needs", Pos: plan.PositionIn(j.p.Position(m.spec.Pos()), j.out.ModuleDir),
	}}
	s.fine = j.free(m.d, name, s.bind.Func, s.bind.Needs)
	return s
}

// fields plans the fields of a struct that are bound.
func (j *injector) fields(s *binding) {
	st := s.obj.Type().Underlying().(*types.Struct)
	i := 0
	for _, f := range directive.Fields(s.spec) {
		says, ok := j.fieldDirectives(s, f)
		for range max(1, len(f.Names)) {
			v := st.Field(i)
			i++
			switch {
			case !ok:
				s.fine = false
			case says.off:
			case v.Embedded() || v.Name() == "_":
				j.nameless(s, v, says)
			default:
				if field := j.field(s, v, says); field != nil {
					s.bind.Fields = append(s.bind.Fields, *field)
				}
			}
		}
	}
}

// nameless reports fields that could not be assigned by a name of their own.
func (j *injector) nameless(s *binding, v *types.Var, says fieldOptions) {
	if k, _, _ := kindOf(v.Type()); k == nil && !says.given {
		return
	}
	s.fine = false
	j.at(v.Pos(), "name it, or add //instrument:off with a reason", "field of struct %s must have a name to be bound", s.obj.Name())
}

// finish adds the struct to the package.
func (j *injector) finish(s *binding) {
	if s.fine && len(s.bind.Fields)+len(s.bind.Handles) == 0 {
		j.at(s.d.Pos, "remove the directive, or add a field such as Carts kv.Of[string, Cart]",
			"struct %s must have a field that can be bound or a method with //instrument:subscribe", s.obj.Name())
		return
	}
	if err := j.uses(plan.BindingsPath); err != nil {
		j.at(s.d.Pos, "bind in another package", "package %s cannot use bindings: %v", j.out.Name, err)
		return
	}
	if s.fine {
		s.bind.Imports = s.q.ImportList()
		j.out.Binds = append(j.out.Binds, s.bind)
	}
}

// meaning is what a logical name stands for, and which field or method said so first.
type meaning struct{ what, text string }

// agree checks that fields and subscriptions of one logical name mean one thing. It returns false where they do not.
func (j *injector) agree(name, what, kind string, args []types.Type, pos token.Pos) bool {
	var list []string
	for _, t := range args {
		list = append(list, types.TypeString(types.Unalias(t), types.RelativeTo(j.pkg.Types)))
	}
	m := meaning{what, kind}
	if len(list) > 0 {
		m.text += " of " + strings.Join(list, " and ")
	}
	before, known := j.meanings[name]
	if !known {
		j.meanings[name] = m
		return true
	}
	if before.text == m.text {
		return true
	}
	j.at(pos, "give one of them another name", "binding %q must be one kind and type: %s has it as %s, and %s as %s", name, before.what, before.text, what, m.text)
	return false
}

// kebab turns a name of Go into a logical name: PayKey into pay-key, DB into db, HTTPKey into http-key, UserIDs into user-ids.
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		begins := i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || beginsWord(runes[i+1:]))
		if r == '_' || begins && runes[i-1] != '_' {
			b.WriteByte('-')
		}
		if r != '_' {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Trim(b.String(), "-")
}

// beginsWord reports whether what follows a capital letter makes it the first of a word, and not the last of an abbreviation,
// be it in the plural.
func beginsWord(rest []rune) bool {
	plural := len(rest) > 0 && rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
	return len(rest) > 0 && unicode.IsLower(rest[0]) && !plural
}

// isLogicalName reports whether an environment can have an entry of the name without quotes.
func isLogicalName(name string) bool {
	ok := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./", r) }
	return name != "" && !slices.ContainsFunc([]rune(name), func(r rune) bool { return !ok(r) })
}
