package envcheck

import (
	"go/token"
	"path/filepath"

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
	shared     bool      // it is a *sql.DB, which cannot keep tenants apart
	service    *plan.Ref // of kind service, if the source says which
	field      string    // "Orders.Carts"; "" for others
}

// needsOf returns what the program asks for, including packages that are not checked.
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
			for _, r := range b.Runs {
				needs = append(needs, need{kind: string(bindings.Workflow), name: r.Workflow, what: "body of", pkg: pkg.Path, pos: place(pkg, r.Pos)})
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
