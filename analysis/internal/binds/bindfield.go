package binds

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// fieldOptions are what the directives on a field say.
type fieldOptions struct {
	given      bool // there is a directive bind
	off        bool
	pos        token.Pos // of the directive bind
	name       string
	kind       string
	migrations string
	tenants    bool

	migrationsPos, tenantsPos token.Pos
}

// fieldDirectives reads the directives on a field. It returns false where one is wrong.
func (j *injector) fieldDirectives(s *binding, f *ast.Field) (says fieldOptions, ok bool) {
	before := j.p.Findings.Len()
	list := j.byFile[s.file].Fields[f]
	for _, d := range list {
		switch {
		case d.Name == "off" && strings.TrimSpace(d.Text) == "":
			j.at(d.Pos, "as in //instrument:off the tests set it", "directive //instrument:off must give a reason")
		case d.Name == "off":
			says.off = true
		case directive.Misnamed(d, j.p.Findings):
		case d.Name != "bind":
			j.at(d.Pos, "move it to a function, method or type, or remove it", "directive //instrument:%s must not be on a field", d.Name)
		case says.given:
			j.at(d.Pos, "merge them into one", "directive //instrument:bind must be given once")
		default:
			says.given, says.pos = true, d.Pos
			j.fieldArguments(d, &says)
		}
	}
	if says.off && says.given {
		j.at(says.pos, "remove one of them", "directive //instrument:bind must not be beside //instrument:off")
	}
	if says.name != "" && len(f.Names) > 1 {
		j.at(says.pos, "declare each field on a line of its own", "directive //instrument:bind with a name must be on one field, and is on %d", len(f.Names))
	}
	return says, j.p.Findings.Len() == before
}

// fieldArguments reads the arguments of a directive bind on a field.
func (j *injector) fieldArguments(d directive.Directive, says *fieldOptions) {
	options := []string{"name", "kind", "migrations", "tenants"}
	j.arguments(d, options, func(name, text string, pos token.Pos) error {
		switch name {
		case "name":
			says.name = text
			return logicalName(text)
		case "kind":
			if says.kind = text; !slices.Contains(kindNames(), text) {
				return fmt.Errorf("must be %s, not %q", finding.Or(kindNames()), text)
			}
		case "migrations":
			says.migrations, says.migrationsPos = text, pos
		case "tenants":
			if says.tenants, says.tenantsPos = true, pos; text != "true" {
				return fmt.Errorf("must be true, not %q", text)
			}
		}
		return nil
	})
}

// logicalName checks a name that an environment is to have.
func logicalName(text string) error {
	if !isLogicalName(text) {
		return fmt.Errorf("must be letters, digits, -, _, . and /, not %q", text)
	}
	return nil
}

// arguments reads the arguments of a directive, each of the form option=value and given once. set takes one; its error says
// what the value must be.
func (j *injector) arguments(d directive.Directive, options []string, set func(name, text string, pos token.Pos) error) {
	seen := map[string]bool{}
	for _, arg := range d.Args {
		name, text, named := strings.Cut(arg.Arg, "=")
		hint := suggest.DidYouMean(name, options)
		switch {
		case slices.Contains(options, name):
			hint = "as in //instrument:" + d.Name + " " + exampleOf(name)
		case hint == "":
			hint = "its options are " + strings.Join(options, ", ")
		}
		switch {
		case !named:
			j.at(arg.Pos, hint, "argument %q of //instrument:%s must have the form option=value", arg.Arg, d.Name)
		case !slices.Contains(options, name):
			j.at(arg.Pos, hint, "//instrument:%s must not have an option %q", d.Name, name)
		case seen[name]:
			j.at(arg.Pos, "remove one", "option %s of //instrument:%s must be given once", name, d.Name)
		default:
			if err := set(name, text, arg.Pos); err != nil {
				j.at(arg.Pos, "as in //instrument:"+d.Name+" "+exampleOf(name), "option %s of //instrument:%s %v", name, d.Name, err)
			}
		}
		seen[name] = true
	}
}

// exampleOf shows an option with a value that it can have.
func exampleOf(option string) string {
	return option + "=" + map[string]string{
		"name": "stock", "kind": "kv", "migrations": "migrations", "tenants": "true", "topic": "paid", "group": "orders.on-paid",
		"concurrency": "4", "deliveries": "5", "lease": "30s", "from": "now", "idempotent": "Find,List",
	}[option]
}

// field plans one field. It returns nil where the field is left alone, and where something is wrong.
func (j *injector) field(s *binding, v *types.Var, says fieldOptions) *plan.Field {
	before := j.p.Findings.Len()
	f := &plan.Field{Field: v.Name(), Pos: plan.PositionIn(j.p.Position(v.Pos()), j.out.ModuleDir), Name: says.name, Tenants: says.tenants}
	if f.Name == "" {
		f.Name = kebab(v.Name())
	}
	m := j.match(s, v, says, f)
	if m == nil {
		s.fine = s.fine && j.p.Findings.Len() == before
		return nil
	}
	f.Kind, f.Form = m.kind, m.form
	what := s.obj.Name() + "." + v.Name()
	err := j.uses(m.opener)
	for _, t := range m.args {
		var text string
		if err == nil {
			text, err = j.spell(t, s.q)
		}
		f.Types = append(f.Types, text)
	}
	if err != nil {
		j.at(v.Pos(), "add //instrument:off with a reason, or move the type", "field %s cannot be bound: %v", what, err)
	}
	j.storable(what, v, m)
	j.options(s, v, says, f, m)
	args := m.args
	if m.service != nil {
		args = []types.Type{v.Type()}
	}
	j.agree(f.Name, what, f.Kind, args, v.Pos())
	if j.p.Findings.Len() > before {
		s.fine = false
		return nil
	}
	return f
}

// storable reports types of values and messages that have no form in JSON.
func (j *injector) storable(what string, v *types.Var, m *match) {
	if len(m.args) == 0 || m.kind != "kv" && m.kind != "topic" {
		return
	}
	if err := j.travels(m.args[len(m.args)-1]); err != nil {
		j.at(v.Pos(), "change it, or add //instrument:off with a reason", "field %s must be of what can travel as JSON: %v", what, err)
	}
}

// match finds the kind of a field, or nil. It reports a field that has a directive and no kind.
func (j *injector) match(s *binding, v *types.Var, says fieldOptions, f *plan.Field) *match {
	k, args, wrong := kindOf(v.Type())
	iface, isInterface := v.Type().Underlying().(*types.Interface)
	switch {
	case k != nil && wrong:
		j.at(v.Pos(), "change it, or add //instrument:off with a reason", "field %s.%s must be of type %s, not %s", s.obj.Name(), v.Name(), k, j.short(v.Type()))
	case k != nil && says.kind != "" && says.kind != k.name:
		j.at(says.pos, "remove kind="+says.kind, "field %s.%s must be of kind %s, because its type is %s", s.obj.Name(), v.Name(), k.name, k)
	case k != nil:
		return &match{kind: k.name, form: k.form, opener: k.opener(), args: args}
	case isInterface:
		return j.matchInterface(s, v, iface, says, f)
	case says.given:
		j.at(says.pos, "remove it",
			"field %s.%s must be of a type that can be bound, such as kv.Of, or of an interface, and is %s", s.obj.Name(), v.Name(), j.short(v.Type()))
	}
	return nil
}

// options checks the options of a directive that depend on the field's kind.
func (j *injector) options(s *binding, v *types.Var, says fieldOptions, f *plan.Field, m *match) {
	if says.migrations != "" {
		if m.kind != "sql" {
			j.at(says.migrationsPos, "remove it",
				"option migrations of //instrument:bind must be on a field of kind sql, and %s.%s is of kind %s", s.obj.Name(), v.Name(), m.kind)
		} else if err := j.migrations(s, says, f); err != nil {
			j.at(says.migrationsPos, "as in migrations=migrations beside //go:embed migrations/*.sql and var migrations embed.FS",
				"option migrations of //instrument:bind must name a package-level variable that implements fs.FS: %v", err)
		}
	}
	switch {
	case !says.tenants:
	case m.kind == "service":
		j.at(says.tenantsPos, "remove it", "option tenants of //instrument:bind must not be on a service, which gets its caller's tenant with each call")
	case m.kind == "sql" && m.form == "":
		j.at(says.tenantsPos, "make the field one",
			"field %s.%s must be of type sqldb.Tenants to be apart by tenant, because a *sql.DB has no context", s.obj.Name(), v.Name())
	}
}

// migrations resolves the variable that the option migrations names.
func (j *injector) migrations(s *binding, says fieldOptions, f *plan.Field) error {
	obj, err := j.p.Types.Lookup(j.pkg, s.file, says.migrations)
	if err != nil {
		return err
	}
	v, ok := obj.(*types.Var)
	if !ok {
		return fmt.Errorf("%s is not a variable", says.migrations)
	}
	open, _, _ := types.LookupFieldOrMethod(v.Type(), false, v.Pkg(), "Open")
	fn, ok := open.(*types.Func)
	if !ok || !isOpenFile(fn.Signature()) {
		return fmt.Errorf("%s is a %s", says.migrations, j.short(v.Type()))
	}
	f.Migrations = v.Name()
	if pkg := s.q.Name(v.Pkg()); pkg != "" {
		f.Migrations = pkg + "." + v.Name()
	}
	return nil
}

// isOpenFile reports whether a method is that of fs.FS.
func isOpenFile(sig *types.Signature) bool {
	return sig.Params().Len() == 1 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String]) &&
		sig.Results().Len() == 2 && signature.IsNamed(sig.Results().At(0).Type(), "io/fs", "File") && signature.IsError(sig.Results().At(1).Type())
}

// short writes a type for a message, with the names of packages.
func (j *injector) short(t types.Type) string { return types.TypeString(t, j.packageName) }

func (j *injector) packageName(pkg *types.Package) string {
	if pkg == j.pkg.Types {
		return ""
	}
	return pkg.Name()
}

// travels returns an error that says why values of a type do not come back from JSON as they were, if they do not.
func (j *injector) travels(t types.Type) error { return signature.Travels(t, j.packageName) }
