package flow

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
)

func TestPathFirstWord(t *testing.T) {
	for name, want := range map[string]string{
		"Create": "Create", "CreateOrder": "Create", "createOrder": "Create", "Created": "Created", "AddressOf": "Address",
		"Add2": "Add", "Pay_": "Pay", "PayPal": "Pay", "HTTPGet": "H", "x": "X", "überweise": "Überweise",
	} {
		if got := firstWord(name); got != want {
			t.Errorf("first word of %s is %q, and must be %q", name, got, want)
		}
	}
}

// A word that is a noun too stops the build only of functions that do what it says.
func TestPathIsCommand(t *testing.T) {
	for _, c := range []struct {
		decl string
		want bool
	}{
		{"Place(o Order) error", true},
		{"Place(id string) error", true},
		{"PlaceOrder(o *Order) (*Order, error)", true},
		{"Order(o Request) (*Order, error)", true},
		{"Charge(card string, cents int) (string, error)", true},
		{"Charge(cents float64) (string, error)", true},
		{"Refund(id string, then func()) (bool, error)", true},
		{"Order(id string) (*Order, error)", false},
		{"Order(shop, id string) (Order, error)", false},
		{"OrderByID(shop, id string) (*Order, error)", false},
		{"OrderStatus(shop, id string) (string, error)", false},
		{"PlaceDetails(id, lang string) (Request, error)", false},
		{"PostViews(id [16]byte) (int, error)", false},
		{"OrderHistory(of Request) ([]Order, error)", false},
		{"ChargeTotals(of Request) (map[string]int, error)", false},
		{"Transfer(id ID) (Request, error)", false},
		{"Book() (Request, error)", false},
		{"Place() error", false},
	} {
		sig := signatureIn(t, c.decl)
		word := firstWord(sig.Name())
		if got := isCommand(sig.Signature(), word, word == sig.Name()); got != c.want {
			t.Errorf("%s is a command: %v, and must be: %v", c.decl, got, c.want)
		}
	}
}

// signatureIn returns a method declared as told, in a package of a few types.
func signatureIn(t *testing.T, decl string) *types.Func {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", "package a\ntype S int\ntype Order struct{}\ntype Request struct{}\ntype ID string\nfunc (S) "+decl+" { panic(0) }", 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{}
	pkg, err := conf.Check("a", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg.Scope().Lookup("S").Type().(*types.Named).Method(0)
}

// Retries inside one another are fine as long as what makes the inner one give up is not retried by
// the outer one.
func TestPathSameErrors(t *testing.T) {
	retry := func(options ...string) plan.Aspect {
		a := plan.Aspect{Name: "retry"}
		for i := 0; i < len(options); i += 2 {
			a.Options = append(a.Options, plan.Option{Name: options[i], Value: options[i+1], Ref: &plan.Ref{Path: "a", Name: options[i+1]}})
		}
		return a
	}
	for _, c := range []struct {
		why          string
		outer, inner plan.Aspect
		want         bool
	}{
		{"both retry everything", retry(), retry(), true},
		{"the outer one retries everything", retry(), retry("on", "A"), true},
		{"the inner one retries everything", retry("on", "A"), retry(), true},
		{"the same error", retry("on", "A", "on", "B"), retry("on", "B", "on", "C"), true},
		{"the same condition", retry("if", "F"), retry("if", "F"), true},
		{"the same condition of the same error", retry("if", "F", "on", "A"), retry("if", "F"), true},
		{"the outer one excludes another error", retry("abort", "B"), retry("on", "A"), true},
		{"the outer one excludes one of two errors", retry("abort", "A"), retry("on", "A", "on", "B"), true},
		{"other errors", retry("on", "A"), retry("on", "B"), false},
		{"other errors on the same condition", retry("on", "A", "if", "F"), retry("on", "B", "if", "F"), false},
		{"other conditions", retry("if", "F"), retry("if", "G"), false},
		{"an error and a condition", retry("on", "A"), retry("if", "F"), false},
		{"the outer one excludes the inner one's", retry("abort", "A", "abort", "B"), retry("on", "A", "on", "B"), false},
		{"the outer one excludes the inner one's condition", retry("unless", "F"), retry("if", "F"), false},
		{"the inner one excludes the outer one's", retry("on", "A"), retry("abort", "A"), false},
	} {
		if got := sameErrors(c.outer, c.inner); got != c.want {
			t.Errorf("%s: calls multiply: %v, and must: %v", c.why, got, c.want)
		}
	}
	if !sameErrors(plan.Aspect{Options: []plan.Option{{Name: "on", Value: "ErrA", Ref: &plan.Ref{Path: "a", Name: "ErrA"}}}},
		plan.Aspect{Options: []plan.Option{{Name: "on", Value: "a.ErrA", Ref: &plan.Ref{Path: "a", Name: "ErrA"}}}}) {
		t.Error("an error that two files name differently must be the same one")
	}
}

func TestPathRootNames(t *testing.T) {
	for text, want := range map[string][]string{
		"id":                  {"id"},
		"req.ID":              {"req"},
		"req.User.ID":         {"req"},
		"s.user(ctx).ID":      {"s", "ctx"},
		`req.Key("a", o.B())`: {"req", "o"},
		"":                    nil,
	} {
		if got := rootNames(text); !slices.Equal(got, want) {
			t.Errorf("%q begins with %q, and must with %q", text, got, want)
		}
	}
}
