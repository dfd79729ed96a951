package aspects

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/internal/option"
)

// constructors returns the exported functions of constructors.go.
func constructors(t *testing.T) map[string]*ast.FuncType {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "constructors.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]*ast.FuncType{}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
			list[f.Name.Name] = f.Type
		}
	}
	return list
}

// Whatever a directive can say, a rule file can say too: an option without a function would be
// missing there, and a function without an option would be read as a mistake.
func TestConstructors(t *testing.T) {
	functions := constructors(t)
	used := map[string]bool{}
	for _, d := range Builtin() {
		f, ok := functions[d.Rule]
		if !ok {
			t.Errorf("%s must have a constructor %s", d.Name, d.Rule)
			continue
		}
		used[d.Rule] = true
		own := slices.ContainsFunc(d.Options, func(o Option) bool { return o.Own })
		if first := f.Params.List; own != (len(first) > 0 && !isVariadic(first[0])) {
			t.Errorf("%s must have an argument of its own exactly if an option of %s is it", d.Rule, d.Name)
		}
		for _, o := range d.Options {
			used[o.Rule] = true
			option, ok := functions[o.Rule]
			if o.Rule == "" && !o.Own || o.Rule != "" && !ok {
				t.Errorf("option %s of %s must be set by a function or by the argument of %s", o.Name, d.Name, d.Rule)
			}
			if ok && o.Kind.Repeats() && o.Kind != Path && !isVariadic(option.Params.List[0]) {
				t.Errorf("%s must take several values, because option %s of %s does", o.Rule, o.Name, d.Name)
			}
		}
	}
	for name := range functions {
		if !used[name] {
			t.Errorf("%s must belong to an aspect", name)
		}
	}
}

func isVariadic(field *ast.Field) bool {
	_, ok := field.Type.(*ast.Ellipsis)
	return ok
}

// Each aspect and option of the table must have its words here, and be in the order of the table.
func TestCoversTheTable(t *testing.T) {
	var names []string
	for _, d := range Builtin() {
		names = append(names, d.Name)
		var options, specs []string
		for _, o := range d.Options {
			options = append(options, o.Aspect+" "+o.Name)
		}
		for _, s := range option.Of(d.Name) {
			specs = append(specs, s.Aspect+" "+s.Name)
		}
		if !slices.Equal(options, specs) {
			t.Errorf("options of %s are %q, want those of the table, %q", d.Name, options, specs)
		}
	}
	if !slices.Equal(names, option.Aspects()) {
		t.Errorf("aspects are %q, want those of the table, %q", names, option.Aspects())
	}
}

// What the documentation of an aspect lacks, an engineer has to find out.
func TestDocumented(t *testing.T) {
	for _, d := range Builtin() {
		if d.Title == "" || d.Doc == "" || d.Type == "" || d.Example == "" {
			t.Errorf("%s must have a title, a text, a run-time type and an example", d.Name)
		}
		if strings.Count(d.Title, "\n") > 0 {
			t.Errorf("title of %s must be one line", d.Name)
		}
		for _, o := range d.Options {
			switch {
			case o.Doc == "":
				t.Errorf("option %s of %s must say what it does", o.Name, d.Name)
			case o.Need != (o.Like != ""):
				t.Errorf("option %s of %s must have an example exactly if it must be given", o.Name, d.Name)
			case o.Default != "" && o.Why == "":
				t.Errorf("option %s of %s must say why its default is %s", o.Name, d.Name, o.Default)
			case o.Need && o.Default != "":
				t.Errorf("option %s of %s must not have a default that is never used", o.Name, d.Name)
			}
		}
	}
}

// A preset's aspects and options are read only where it is used; each must be one, in the order in
// which they are woven.
func TestPresets(t *testing.T) {
	order := DefaultOrder()
	for _, p := range Presets() {
		last := -1
		for _, part := range p.Parts {
			i := slices.Index(order, part.Aspect)
			if i <= last {
				t.Errorf("preset %s must have %s in its place of the default order", p.Name, part.Aspect)
				continue
			}
			last = i
			d, _ := Lookup(part.Aspect)
			given := map[string]bool{}
			for _, text := range part.Options {
				o := d.Positional()
				if name, _, named := strings.Cut(text, "="); named {
					o, _ = d.Option(name)
				}
				if o == nil {
					t.Errorf("preset %s must not give %s an option %s", p.Name, part.Aspect, text)
					continue
				}
				given[o.Name] = true
			}
			for _, o := range d.Options {
				if o.Need && !given[o.Name] {
					t.Errorf("preset %s must give %s a value for %s", p.Name, part.Aspect, o.Name)
				}
			}
			if part.Why == "" {
				t.Errorf("preset %s must say why it has %s", p.Name, part.Aspect)
			}
		}
	}
}
