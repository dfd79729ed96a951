package bindings_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// sqlProvider provides sql beside kv.
func sqlProvider() *bindings.Provider {
	p := (&fake{}).provider()
	p.Kinds = append(p.Kinds, bindings.SQL)
	return p
}

// Where policies cannot be put around operations they are refused, when it is known what the
// binding is for.
func TestPolicyOfSQL(t *testing.T) {
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "db", URL: "fake://a", Position: "dev.yaml:1:5",
		Policy: []bindings.PolicyAspect{{Name: "retry"}}}}}
	const why = "policy is not for sql: put policies on the functions that use it"
	p, err := bindings.Open(t.Context(), env, sqlProvider())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lookup("db", bindings.SQL); err == nil || err.Error() != "open db: unimplemented: "+why {
		t.Errorf("lookup is %v", err)
	}
	if link, err := p.Lookup("db", bindings.KV); err != nil || len(link.Policy()) != 1 {
		t.Errorf("lookup as kv is %v", err)
	}
	env.Needs = []bindings.Need{{Name: "db", Kind: bindings.SQL, Position: "orders.go:3:2"}}
	if err := bindings.Check(env, sqlProvider()); err == nil || err.Error() != "dev.yaml:1:5: open db: "+why {
		t.Errorf("check is %v", err)
	}
}

// Policies that a program writes are judged as those of a file, at the binding's place where they
// have none.
func TestPolicyWithoutPlace(t *testing.T) {
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "fake://a", Position: "dev.yaml:1:8",
		Policy: []bindings.PolicyAspect{
			{Name: "retry"},
			{Name: "retry"},
			{Name: "bulkhead", Options: map[string]bindings.PolicyOption{"": {Text: "5"}, "max": {Text: "5"}}},
			{Name: "limit", Options: map[string]bindings.PolicyOption{"rate": {Text: "5", Position: "dev.yaml:1:40"}}},
			{Name: "timeout", Options: map[string]bindings.PolicyOption{}},
		}}}}
	want := `dev.yaml:1:40: open carts: rate of limit must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not "5"
dev.yaml:1:8: open carts: max of bulkhead must be given once
dev.yaml:1:8: open carts: policy retry must be given once
dev.yaml:1:8: open carts: timeout must have after, such as after: 2s`
	f := &fake{}
	if _, err := bindings.Open(t.Context(), env, f.provider()); err == nil || err.Error() != want || len(f.opened) != 0 {
		t.Errorf("problems are\n%v\nwant\n%s\nand %d were opened", err, want, len(f.opened))
	}
}
