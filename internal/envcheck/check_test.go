package envcheck

import (
	"go/token"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
)

// root is where the files of the tests would be.
var root = filepath.FromSlash("/shop")

// planOf returns a plan of one package with one struct.
func planOf(path string, fields ...plan.Field) *plan.Plan {
	for i := range fields {
		fields[i].Pos = plan.Position{File: "shop.go", Line: 10 + i, Column: 2}
	}
	return &plan.Plan{Packages: []*plan.Package{{Path: path, ModuleDir: root, Binds: []plan.Bind{{Type: "Shop", Fields: fields}}}}}
}

// parse parses an environment as its file would be.
func parse(t *testing.T, name, text string) Environment {
	t.Helper()
	path := filepath.Join(root, "bindings", name+".yaml")
	env, err := environment.Parse("bindings/"+name+".yaml", []byte(text))
	e := Environment{Path: path, Environment: env}
	if problems, ok := err.(bindings.Problems); ok {
		e.Problems = problems
	} else if err != nil {
		t.Fatal(err)
	}
	return e
}

func found(in Input) (lines []string) {
	in.Dir, in.Whole = root, in.Selected == nil
	if in.Uses == nil {
		in.Uses = &plan.Uses{}
	}
	for _, f := range Check(in) {
		text := f.Format(root)
		if f.Note {
			text = "note " + text
		}
		lines = append(lines, text)
	}
	return lines
}

func asks(kind, ability string, names ...string) *plan.Uses {
	return &plan.Uses{Asks: []plan.Ask{{Pos: token.Position{Filename: filepath.Join(root, "shop.go"), Line: 40, Column: 5},
		Package: "example.com/shop", Call: "Call", Kind: kind, Ability: ability, Names: names}}}
}

var (
	carts = plan.Field{Field: "Carts", Name: "carts", Kind: "kv"}
	jobs  = plan.Field{Field: "Jobs", Name: "jobs", Kind: "lock"}
	key   = plan.Field{Field: "Key", Name: "key", Kind: "secret"}
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []plan.Field
		uses   *plan.Uses
		env    string
		want   []string
	}{
		{"nothing", nil, nil, "", nil},
		{"all there", []plan.Field{carts, jobs}, nil, "carts: redis://cache\njobs: redis://cache\n", nil},
		{"an ability that is there", []plan.Field{carts}, asks("kv", "ttl", "carts"), "carts: redis://cache\n", nil},
		{"an ability of a newer server", []plan.Field{carts}, asks("kv", "ttl", "carts"), "carts: nats://bus\n",
			[]string{"note shop.go:40:5: Call needs ttl of carts (kv), which nats of bindings/env.yaml has if it is NATS 2.11 or later"}},
		{"an ability of the server inside", []plan.Field{carts}, asks("kv", "ttl", "carts"), "carts: 'nats+embedded:'\n", nil},
		{"a lifetime of a newer server", []plan.Field{carts}, nil, "carts: nats://bus?ttl=1h\n",
			[]string{"note bindings/env.yaml:1:8: carts (kv) needs NATS 2.11 or later for its option ttl"}},
		{"no scheme", []plan.Field{carts}, nil, "carts: cache\n",
			[]string{"bindings/env.yaml:1:8: carts: the url must begin with a scheme, such as mem: or redis://host"}},
		{"no url", []plan.Field{carts}, asks("kv", "watch", "carts"), "carts: 'redis://a b'\n",
			[]string{"bindings/env.yaml:1:8: carts: parse url: invalid character (in a user or a password, write %40 for @, %2F for /, %3A for : and %23 for #)"}},
		{"twice, in a url and next to it", []plan.Field{carts}, nil, "carts: {url: 'redis://cache?pool=1', pool: 2}\n",
			[]string{"bindings/env.yaml:1:14: carts: option pool must be set once"}},
		{"a secret that is missing", []plan.Field{carts}, nil, "carts: {url: redis://cache, password: {secret: pass}}\n",
			[]string{"bindings/env.yaml:1:14: carts: secret \"pass\" must be a binding of the environment, such as pass: env:PASS"}},
		{"a secret of a provider of none", []plan.Field{carts}, nil, "carts: {url: redis://cache, password: {secret: pass}}\npass: redis://x\n",
			[]string{"bindings/env.yaml:1:14: carts: secret \"pass\" must be of a provider of secrets, which redis is not"}},
		{"a secret whose scheme is misspelt is reported once", []plan.Field{carts}, nil, "carts: {url: redis://cache, password: {secret: pass}}\npass: flie:x\n",
			[]string{"bindings/env.yaml:2:7: pass must be of a known provider, and none takes \"flie:\" (did you mean \"file\"?)"}},
		{"somebody else's", []plan.Field{carts, key}, asks("kv", "watch", "carts"), "carts: dynamodb://carts?region=x\nkey: {url: vault://k, role: {secret: role}}\nrole: env:\n",
			[]string{`note bindings/env.yaml:1:8: carts is not checked: no provider of this project takes "dynamodb:", and no linked package has a provider.json that does`,
				`note bindings/env.yaml:2:12: key is not checked: no provider of this project takes "vault:", and no linked package has a provider.json that does`}},
		{"no yaml hides what is missing", []plan.Field{carts}, nil, "carts: mem: mem:\n",
			[]string{"bindings/env.yaml:1:8: parse yaml: mapping value is not allowed in this context"}},
		{"missing and unused", []plan.Field{carts}, nil, "other: mem:\n", []string{
			"bindings/env.yaml:1:8: other must be used by the program or by another entry (remove it, or bind it to a field of a struct that is marked //instrument:bind)",
			"shop.go:10:2: binding carts (kv) must have an entry in bindings/env.yaml (add carts: with the URL of a provider of kv: file, mem, nats, postgres, redis, sqlite)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := found(Input{Plan: planOf("example.com/shop", c.fields...), Uses: c.uses, Environments: []Environment{parse(t, "env", c.env)}})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}

// What is the same in two environments is not reported, and a difference is reported once, however
// many fields there are.
func TestDifferences(t *testing.T) {
	again := carts
	again.Field = "Again"
	p := planOf("example.com/shop", carts, again)
	same := []Environment{parse(t, "a", "carts: redis://a\n"), parse(t, "b", "carts: rediss://b\n")}
	if got := found(Input{Plan: p, Environments: same}); got != nil {
		t.Errorf("the same must be silent: %q", got)
	}
	other := []Environment{parse(t, "a", "carts: mem:\n"), parse(t, "b", "carts: {url: mem:, tenants: true}\n")}
	want := []string{"note bindings/b.yaml:1:14: carts (kv) keeps tenants apart, and is one for all tenants in bindings/a.yaml"}
	if diff := cmp.Diff(want, found(Input{Plan: p, Environments: other})); diff != "" {
		t.Error(diff)
	}
}
