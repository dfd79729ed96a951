package envcheck

import (
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
)

// need is one place where the program asks for a binding.
type need struct {
	kind, name string
	what       string // "binding", or "subscription of orders.on-paid to"
	pkg        string // import path
	pos        token.Position
	tenants    bool      // the field asks to keep tenants apart
	shared     bool      // it is a *sql.DB, which cannot tell tenants apart
	service    *plan.Ref // of kind service, if the source tells
	field      string    // "Orders.Carts"; "" for others
}

// needsOf returns what the program asks for, those of packages that are not selected included.
func needsOf(in Input) (needs []need) {
	for _, pkg := range in.Plan.Packages {
		for _, b := range pkg.Binds {
			for _, f := range b.Fields {
				needs = append(needs, need{kind: f.Kind, name: f.Name, what: "binding", pkg: pkg.Path, pos: place(pkg, f.Pos), tenants: f.Tenants,
					shared: f.Kind == string(bindings.SQL) && f.Form != "tenants", service: f.Service, field: b.Type + "." + f.Field})
			}
			for _, h := range b.Handles {
				needs = append(needs, need{kind: string(bindings.Topic), name: h.Topic, what: "subscription of " + h.Group + " to", pkg: pkg.Path,
					pos: place(pkg, h.Pos), field: b.Type + "." + h.Method})
			}
		}
	}
	for _, o := range in.Uses.Opens {
		if o.Name != "" {
			needs = append(needs, need{kind: o.Kind, name: o.Name, what: "binding", pkg: o.Package, pos: o.Pos})
		}
	}
	return needs
}

// place returns a position of the plan with the whole path of its file.
func place(pkg *plan.Package, pos plan.Position) token.Position {
	return token.Position{Filename: filepath.Join(pkg.ModuleDir, filepath.FromSlash(pos.File)), Line: pos.Line, Column: pos.Column}
}

// selected returns the needs of the packages that the check is about.
func (c *checker) selected() []need {
	return slices.DeleteFunc(slices.Clone(c.needs), func(n need) bool { return !c.isSelected(n.pkg) })
}

func (c *checker) isSelected(pkg string) bool { return c.Selected == nil || c.Selected(pkg) }

// namespaces finds two packages that would share data by accident: their namespace, which is the last element of the import
// path, is one, they use a binding of the same name and kind, and no environment says that this is meant.
func (c *checker) namespaces() {
	type shared struct{ namespace, kind, name string }
	first := map[shared]need{}
	for _, n := range c.needs {
		if n.field == "" || n.kind == string(bindings.Service) || n.kind == string(bindings.Secret) || n.kind == string(bindings.Config) {
			continue // read only, or not the service's own
		}
		key := shared{namespaceOf(n.pkg), n.kind, n.name}
		other, seen := first[key]
		switch {
		case !seen:
			first[key] = n
		case other.pkg != n.pkg && c.isSelected(n.pkg) && !c.meant(n.name):
			c.found = append(c.found, Finding{Binding: n.name, Kind: n.kind, Diagnostic: finding.Diagnostic{Pos: n.pos,
				Message: "binding " + n.name + " (" + n.kind + ") must not be that of two services: the namespace of " + n.pkg + " and of " + other.pkg +
					" is " + key.namespace + ", and " + c.shown(other.pos) + " has the same binding",
				Hint: "rename one of them, or write namespace: " + key.namespace + " into its entries if the data are to be shared"}})
		}
	}
}

// meant reports whether every environment says whose data a binding are.
func (c *checker) meant(name string) bool {
	for _, e := range c.Environments {
		i := slices.IndexFunc(e.Bindings, func(b bindings.Binding) bool { return b.Name == name })
		if i < 0 {
			return false
		}
		if n := (&opened{Environment: &e, check: c}).entry(e.Bindings[i]); n.options["namespace"] == "" {
			return false
		}
	}
	return len(c.Environments) > 0
}

// namespaceOf is the namespace of a service, as bindings.Namespaces has it.
func namespaceOf(pkg string) string {
	names, err := bindings.Namespaces([]string{pkg}, nil)
	if err != nil {
		return path.Base(pkg)
	}
	return names[pkg]
}

// tenantFields finds two fields of a package that mean the same binding, of which one keeps tenants apart and the other does
// not: what the one writes, the other never sees.
func (c *checker) tenantFields() {
	type key struct{ pkg, kind, name string }
	first := map[key]need{}
	for _, n := range c.selected() {
		if n.field == "" || strings.HasPrefix(n.what, "subscription") {
			continue
		}
		k := key{n.pkg, n.kind, n.name}
		other, seen := first[k]
		if !seen {
			first[k] = n
			continue
		}
		if other.tenants != n.tenants {
			c.found = append(c.found, Finding{Binding: n.name, Kind: n.kind, Diagnostic: finding.Diagnostic{Pos: n.pos,
				Message: "binding " + n.name + " (" + n.kind + ") must keep tenants apart in both of its fields or in none: " + c.shown(other.pos) + " says otherwise",
				Hint:    "write tenants=true above both, or tenants: true into the entries of the environments"}})
		}
	}
}
