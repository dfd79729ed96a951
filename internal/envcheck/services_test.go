package envcheck

import (
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// The kv provider of a registry is used by the entry that names it, and a package that is not
// looked at keeps its entries.
func TestUsedByOthers(t *testing.T) {
	pay := plan.Field{Field: "Pay", Name: "pay", Kind: "service", Service: &plan.Ref{Path: "example.com/pay", Pkg: "pay", Name: "Service"}}
	env := parse(t, "env", "pay: registry://addresses/pay\naddresses: redis://cache\nspare: mem:\n")
	in := Input{Plan: planOf("example.com/shop", pay), Environments: []Environment{env}}
	if got := strings.Join(found(in), "\n"); strings.Contains(got, "addresses") || !strings.Contains(got, "spare must be used") {
		t.Errorf("findings are\n%s", got)
	}
	in.Selected = func(pkg string) bool { return pkg == "example.com/shop" }
	if got := found(in); got != nil {
		t.Errorf("where packages are named, entries may be those of others: %q", got)
	}
	in.Selected = func(string) bool { return false }
	in.Environments = []Environment{parse(t, "env", "")}
	if got := found(in); got != nil {
		t.Errorf("what is not looked at needs no entries: %q", got)
	}
}
