package envcheck

import (
	"path"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// namespaces reports two packages that would share data by accident: they use a binding of the same
// name and kind, their namespaces are equal because their import paths end in the same element, and
// no environment says whose data it is.
func (c *checker) namespaces() {
	type shared struct{ namespace, kind, name string }
	first := map[shared]need{}
	for _, n := range c.needs {
		if n.field == "" || n.kind == string(bindings.Service) || n.kind == string(bindings.Secret) || n.kind == string(bindings.Config) {
			continue // the data is only read, or not the service's own
		}
		key := shared{namespaceOf(n.pkg), n.kind, n.name}
		other, seen := first[key]
		switch {
		case !seen:
			first[key] = n
		case other.pkg != n.pkg && c.isSelected(n.pkg) && !c.meant(n.name):
			c.clash(n, "rename one of them, or write namespace: "+key.namespace+" into its entries if the data are to be shared",
				"binding %s (%s) must not be that of two services: the namespace of %s and of %s is %s, and %s has the same binding",
				n.name, n.kind, n.pkg, other.pkg, key.namespace, c.line(other.pos))
		}
	}
}

// meant reports whether every environment says whose data a binding holds.
func (c *checker) meant(name string) bool {
	for _, e := range c.Environments {
		i := slices.IndexFunc(e.Bindings, func(b bindings.Binding) bool { return b.Name == name })
		if i < 0 {
			return false
		}
		if (&file{Environment: e}).entry(e.Bindings[i], c.known).options["namespace"] == "" {
			return false
		}
	}
	return len(c.Environments) > 0
}

// namespaceOf returns the namespace of a service, as bindings.Namespaces does.
func namespaceOf(pkg string) string {
	names, err := bindings.Namespaces([]string{pkg}, nil)
	if err != nil {
		return path.Base(pkg)
	}
	return names[pkg]
}

// tenantFields reports two fields of a package that are bound to the same binding if only one of
// them keeps tenants apart, because neither would see what the other writes.
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
