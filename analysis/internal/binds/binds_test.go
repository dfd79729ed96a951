package binds

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"Carts": "carts", "PayKey": "pay-key", "DB": "db", "HTTPKey": "http-key", "userIDs": "user-ids", "URLsOfItems": "urls-of-items", "IsOpen": "is-open", "OnPaid": "on-paid",
		"v2": "v2", "V2Store": "v2-store", "by_tenant": "by-tenant", "By_Tenant": "by-tenant", "_x": "x", "A": "a", "Ärger": "ärger", "GetX": "get-x",
	} {
		if got := kebab(name); got != want {
			t.Errorf("kebab(%q) is %q, want %q", name, got, want)
		}
	}
}

// A portable type's method is an interface's if one can be made of the other; what is found out of
// the type parameters holds for all methods.
func TestUnify(t *testing.T) {
	const src = `package p
import ("context"; "io"; "iter")
type Option func()
type Entry[K, V any] struct { Key K; Value V }
type File struct{ io.Reader }
func (*File) Close() error
type Portable[K comparable, V any] interface {
	Get(ctx context.Context, key K) (V, error)
	Set(ctx context.Context, key K, value V, options ...Option) (int, error)
	All(ctx context.Context) iter.Seq2[Entry[K, []V], error]
	Each(ctx context.Context, do func(map[K]*V) [3]V)
	Open(ctx context.Context, name string) (*File, error)
	Watch(ctx context.Context) (<-chan V, error)
}
type (
	Same interface { Get(context.Context, string) (int, error); Set(context.Context, string, int, ...Option) (int, error) }
	Fewer interface { Set(context.Context, string, int) error }
	Deep interface { All(context.Context) iter.Seq2[Entry[string, []int], error]; Each(context.Context, func(map[string]*int) [3]int); Watch(context.Context) (<-chan int, error) }
	Wide interface { Open(context.Context, string) (io.ReadCloser, error) }
	Other interface { Get(context.Context, string) (int, error); Set(context.Context, string, bool) error }
	NoError interface { Set(context.Context, string, int) int }
	Nothing interface { Set(context.Context, string, int) }
	Length interface { Each(context.Context, func(map[string]*int) [2]int) }
	Direction interface { Watch(context.Context) (chan int, error) }
	Variadic interface { Get(context.Context, ...string) (int, error) }
	Wider interface { Open(context.Context, string) (interface{ Seek() }, error) }
)`
	pkg := checkSource(t, src)
	portable := pkg.Scope().Lookup("Portable").Type().(*types.Named)
	params := portable.TypeParams()
	for _, test := range []struct{ name, want string }{
		{"Same", "string int"}, {"Fewer", "string int drop"}, {"Deep", "string int"}, {"Wide", "- - widen"},
		{"Other", "no"}, {"NoError", "no"}, {"Nothing", "no"}, {"Length", "no"}, {"Direction", "no"}, {"Variadic", "no"}, {"Wider", "no"},
	} {
		u, got := &unifier{args: map[*types.TypeParam]types.Type{}}, ""
		iface := pkg.Scope().Lookup(test.name).Type().Underlying().(*types.Interface)
		fits, words := true, ""
		for m := range iface.Methods() {
			have, _, _ := types.LookupFieldOrMethod(portable, false, nil, m.Name())
			adapted, ok := u.method(have.(*types.Func).Signature(), m.Signature())
			fits = fits && ok
			if adapted.Drop > 0 {
				words = " drop"
			}
			if adapted.Widen {
				words = " widen"
			}
		}
		if got = "no"; fits {
			got = ""
			for p := range params.TypeParams() {
				text := "-"
				if a := u.args[p]; a != nil {
					text = a.String()
				}
				got += " " + text
			}
			got = strings.TrimSpace(got) + words
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func checkSource(t *testing.T, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil), IgnoreFuncBodies: true}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}
