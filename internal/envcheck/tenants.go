package envcheck

import (
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// tenants reports entries whose option tenants contradicts the program.
func (e *fileCheck) tenants() {
	for n, entry := range e.bound() {
		apart, said := entry.perTenant()
		switch {
		case n.tenants && said && !apart:
			e.add(entry.pos, n.name, n.kind, "remove the option: the field decides",
				"%s must not have tenants: false, because %s keeps tenants apart whatever the environment says", n.name, e.line(n.pos))
		case n.shared && apart:
			e.add(entry.pos, n.name, n.kind, "make the field a sqldb.Tenants, or remove the option",
				"%s must not have tenants: true, because %s is a *sql.DB, which cannot tell them apart", n.name, e.line(n.pos))
		}
	}
	for _, name := range e.secrets() {
		entry := e.byName[name]
		if apart, _ := entry.perTenant(); apart {
			e.add(entry.pos, name, string(bindings.Secret), "remove the option",
				"%s must not have tenants: true, because another entry refers to it as a secret", name)
		}
	}
}

// tenantFields reports two fields of a package that are bound to the same binding when one keeps
// tenants apart and the other does not: what the one writes, the other never sees.
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
			c.clash(n, "write tenants=true above both, or tenants: true into the entries of the environments",
				"binding %s (%s) must keep tenants apart in both of its fields or in none: %s says otherwise", n.name, n.kind, c.line(other.pos))
		}
	}
}
