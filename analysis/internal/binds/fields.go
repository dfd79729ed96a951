package binds

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// fields plans the fields of bound structs.
type fields struct {
	matcher
	byFile map[*ast.File]directive.Set
}

// field is a field that may be bound.
type field struct {
	of      *boundStruct
	v       *types.Var
	options fieldOptions
	plan    plan.Field
}

// String names the field: "Orders.Carts".
func (f *field) String() string { return f.of.obj.Name() + "." + f.v.Name() }

// fieldOptions are what the directives on a field say.
type fieldOptions struct {
	bind       bool // there is a directive bind
	off        bool
	name       string
	kind       string
	migrations string
	tenants    bool

	pos, migrationsPos, tenantsPos token.Pos // of the directive bind, and of two of its options
}

// plan plans the fields of a struct that are bound.
func (fs *fields) plan(b *boundStruct) {
	st := b.obj.Type().Underlying().(*types.Struct)
	i := 0
	for _, declared := range directive.Fields(b.spec) {
		options, ok := fs.directives(b, declared)
		for range max(1, len(declared.Names)) {
			v := st.Field(i)
			i++
			switch {
			case !ok:
				b.refused = true
			case options.off:
			case v.Embedded() || v.Name() == "_":
				fs.checkNameless(b, v, options)
			default:
				fs.field(&field{of: b, v: v, options: options})
			}
		}
	}
}

// checkNameless reports an unnamed field that would be bound if it had a name to assign it by.
func (fs *fields) checkNameless(b *boundStruct, v *types.Var, options fieldOptions) {
	if k, _, _ := kindOf(v.Type()); k == nil && !options.bind {
		return
	}
	b.refused = true
	fs.at(v.Pos(), "name it, or add //instrument:off with a reason", "field of struct %s must have a name to be bound", b.obj.Name())
}

// directives reads the directives on a field. It returns false if one of them is wrong.
func (fs *fields) directives(b *boundStruct, f *ast.Field) (options fieldOptions, ok bool) {
	before := fs.program.Findings.Len()
	for _, d := range fs.byFile[b.file].Fields[f] {
		switch {
		case d.Name == "off" && strings.TrimSpace(d.Text) == "":
			fs.at(d.Pos, "as in //instrument:off the tests set it", "directive //instrument:off must give a reason")
		case d.Name == "off":
			options.off = true
		case directive.Misnamed(d, fs.program.Findings):
		case d.Name != "bind":
			fs.at(d.Pos, "move it to a function, method or type, or remove it", "directive //instrument:%s must not be on a field", d.Name)
		case options.bind:
			fs.at(d.Pos, "merge them into one", "directive //instrument:bind must be given once")
		default:
			options.bind, options.pos = true, d.Pos
			readArguments(d, []string{"name", "kind", "migrations", "tenants"}, fs.program.Findings, options.set)
		}
	}
	if options.off && options.bind {
		fs.at(options.pos, "remove one of them", "directive //instrument:bind must not be next to //instrument:off")
	}
	if options.name != "" && len(f.Names) > 1 {
		fs.at(options.pos, "declare each field on a line of its own",
			"directive //instrument:bind with a name must be on one field, and is on %d", len(f.Names))
	}
	return options, fs.program.Findings.Len() == before
}

// set takes one argument of a directive bind. The error says what it must be.
func (o *fieldOptions) set(name, text string, pos token.Pos) error {
	switch name {
	case "name":
		o.name = text
		return checkLogicalName(text)
	case "kind":
		if o.kind = text; !slices.Contains(kindNames(), text) {
			return fmt.Errorf("must be %s, not %q", option.Or(kindNames()), text)
		}
	case "migrations":
		o.migrations, o.migrationsPos = text, pos
	case "tenants":
		if o.tenants, o.tenantsPos = true, pos; text != "true" {
			return fmt.Errorf("must be true, not %q", text)
		}
	}
	return nil
}

// field plans one field, unless the field is left alone or has a mistake.
func (fs *fields) field(f *field) {
	before := fs.program.Findings.Len()
	f.plan = plan.Field{Field: f.v.Name(), Pos: fs.position(f.v.Pos()), Name: f.options.name, Tenants: f.options.tenants}
	if f.plan.Name == "" {
		f.plan.Name = kebab(f.v.Name())
	}
	m := fs.match(f)
	if m != nil {
		fs.matched(f, m)
	}
	switch {
	case fs.program.Findings.Len() > before:
		f.of.refused = true
	case m != nil:
		f.of.plan.Fields = append(f.of.plan.Fields, f.plan)
	}
}

// match finds the kind of a field, or returns nil. It reports a field that has a directive but no
// kind.
func (fs *fields) match(f *field) *match {
	k, args, wrong := kindOf(f.v.Type())
	iface, isInterface := f.v.Type().Underlying().(*types.Interface)
	switch {
	case k != nil && wrong:
		fs.at(f.v.Pos(), "change it, or add //instrument:off with a reason",
			"field %s must be of type %s, not %s", f, k, fs.short(f.v.Type()))
	case k != nil && f.options.kind != "" && f.options.kind != k.Kind.Name:
		fs.at(f.options.pos, "remove kind="+f.options.kind, "field %s must be of kind %s, because its type is %s", f, k.Kind.Name, k)
	case k != nil:
		return &match{kind: k.Kind.Name, form: k.Form, opener: k.Kind.Path, args: args}
	case isInterface:
		return fs.matchInterface(f, iface)
	case f.options.bind:
		fs.at(f.options.pos, "remove it",
			"field %s must be of a type that can be bound, such as kv.Of, or of an interface, and is %s", f, fs.short(f.v.Type()))
	}
	return nil
}

// matched plans what a field's kind asks for, and checks the field's options and logical name.
func (fs *fields) matched(f *field, m *match) {
	f.plan.Kind, f.plan.Form = m.kind, m.form
	err := fs.addImports(m.opener)
	for _, t := range m.args {
		var text string
		if err == nil {
			text, err = fs.spell(t, f.of.imports)
		}
		f.plan.Types = append(f.plan.Types, text)
	}
	if err != nil {
		fs.at(f.v.Pos(), "add //instrument:off with a reason, or move the type", "field %s cannot be bound: %v", f, err)
	}
	if len(m.args) > 0 && (m.kind == "kv" || m.kind == "topic") {
		if err := fs.travels(m.args[len(m.args)-1]); err != nil {
			fs.at(f.v.Pos(), "change it, or add //instrument:off with a reason", "field %s must be of a type that can travel as JSON: %v", f, err)
		}
	}
	fs.checkMigrations(f, m)
	fs.checkTenants(f, m)
	args := m.args
	if m.service != nil {
		args = []types.Type{f.v.Type()}
	}
	fs.agree(f.plan.Name, f.String(), m.kind, args, f.v.Pos())
}

// checkTenants reports the option tenants on fields that cannot keep tenants apart.
func (fs *fields) checkTenants(f *field, m *match) {
	switch {
	case !f.options.tenants:
	case m.kind == "service":
		fs.at(f.options.tenantsPos, "remove it",
			"option tenants of //instrument:bind must not be on a service, which gets its caller's tenant with each call")
	case m.kind == "sql" && m.form == "":
		fs.at(f.options.tenantsPos, "make the field one",
			"field %s must be of type sqldb.Tenants to keep tenants apart, because a *sql.DB has no context", f)
	}
}

// checkMigrations resolves the variable that the option migrations names, and reports one that
// cannot hold migrations.
func (fs *fields) checkMigrations(f *field, m *match) {
	switch {
	case f.options.migrations == "":
		return
	case m.kind != "sql":
		fs.at(f.options.migrationsPos, "remove it",
			"option migrations of //instrument:bind must be on a field of kind sql, and %s is of kind %s", f, m.kind)
		return
	}
	v, err := fs.migrations(f)
	if err != nil {
		fs.at(f.options.migrationsPos, "as in migrations=migrations next to //go:embed migrations/*.sql and var migrations embed.FS",
			"option migrations of //instrument:bind must name a package-level variable that implements fs.FS: %v", err)
		return
	}
	f.plan.Migrations = v.Name()
	if pkg := f.of.imports.Name(v.Pkg()); pkg != "" {
		f.plan.Migrations = pkg + "." + v.Name()
	}
}

func (fs *fields) migrations(f *field) (*types.Var, error) {
	obj, err := fs.program.Types.Lookup(fs.pkg, f.of.file, f.options.migrations)
	if err != nil {
		return nil, err
	}
	v, ok := obj.(*types.Var)
	if !ok {
		return nil, fmt.Errorf("%s is not a variable", f.options.migrations)
	}
	open, _, _ := types.LookupFieldOrMethod(v.Type(), false, v.Pkg(), "Open")
	if fn, ok := open.(*types.Func); !ok || !opensFiles(fn.Signature()) {
		return nil, fmt.Errorf("%s is a %s", f.options.migrations, fs.short(v.Type()))
	}
	return v, nil
}

// opensFiles reports whether a signature is that of fs.FS's Open method.
func opensFiles(sig *types.Signature) bool {
	return sig.Params().Len() == 1 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String]) && sig.Results().Len() == 2 &&
		signature.IsNamed(sig.Results().At(0).Type(), "io/fs", "File") && signature.IsError(sig.Results().At(1).Type())
}
