package generated

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"
	"github.com/dave/dst/decorator/resolver/goast"
	"github.com/dave/dst/decorator/resolver/simple"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// decoratorDecls returns the declarations of a decorator: the sites of its methods, its
// constructor, its type, and one method for each method of the interface. A method forwards to the
// next implementation, and is woven like any other function.
func decoratorDecls(pkg *plan.Package, d *plan.Decorator, im *imports) ([]dst.Decl, error) {
	var decls []dst.Decl
	var sites []*plan.Site
	for _, m := range d.Methods {
		if m.Site == nil {
			continue
		}
		list, err := siteVariables(m.Site, siteline.Forward(m.Site))
		if err != nil {
			return nil, err
		}
		decls, sites = append(decls, list...), append(sites, m.Site)
	}
	plain, err := decoratorSource(pkg, d, im)
	if err != nil {
		return nil, err
	}
	woven, found, err := rewrite.Weave(plan.GeneratedFile, plain, sites, nil, rewrite.Reading)
	if err != nil {
		return nil, err
	}
	if len(found) != len(sites) {
		return nil, fmt.Errorf("its sites must be its methods, and only %s are", and(found))
	}
	list, err := declsOf(woven, im)
	return append(decls, list...), err
}

// declsOf returns the declarations of a file's text, except its imports.
func declsOf(text []byte, im *imports) (decls []dst.Decl, err error) {
	dec := decorator.NewDecoratorWithImports(token.NewFileSet(), im.self, goast.WithResolver(simple.New(im.byPath)))
	file, err := dec.Parse(text)
	if err != nil {
		return nil, err
	}
	for _, decl := range file.Decls {
		if gen, ok := decl.(*dst.GenDecl); !ok || gen.Tok != token.IMPORT {
			decl.Decorations().Before = dst.EmptyLine
			decls = append(decls, decl)
		}
	}
	return decls, nil
}

// decoratorSource writes the decorator as a file of its own, not yet woven, with every import it
// might need.
func decoratorSource(pkg *plan.Package, d *plan.Decorator, im *imports) ([]byte, error) {
	var b bytes.Buffer
	im.writeHeader(&b, pkg)
	next := nextField(d)
	writeConstructor(&b, d, im, next)
	fmt.Fprintf(&b, "// %s is the %s that %s returns.\ntype %s struct{ %s %s }\n", d.Type, d.Interface, d.Func, d.Type, next, d.Interface)
	for i := range d.Methods {
		if err := writeMethod(&b, d, &d.Methods[i], im, next); err != nil {
			return nil, fmt.Errorf("method %s: %w", d.Methods[i].Name, err)
		}
	}
	if d.Optional && !hasMethod(d, "Unwrap") {
		fmt.Fprintf(&b, "\n// Unwrap serves [%s.ResponseController].\n", im.byPath["net/http"])
		fmt.Fprintf(&b, "func (d *%s) Unwrap() %s.ResponseWriter { return d.%s }\n", d.Type, im.byPath["net/http"], next)
	}
	return format.Source(b.Bytes())
}

// nextField names the field that holds the decorated value. A type cannot have a field and a method
// of the same name.
func nextField(d *plan.Decorator) string {
	methods := rewrite.Names{}
	for _, m := range d.Methods {
		methods[m.Name] = true
	}
	return methods.Fresh("next", "inner")
}

func hasMethod(d *plan.Decorator, name string) bool {
	return slices.ContainsFunc(d.Methods, func(m plan.Method) bool { return m.Name == name })
}

// optional is an interface that a response writer may also implement, and that callers ask it for.
type optional struct{ pkg, name, method, variable, has string }

var optionals = []optional{
	{"net/http", "Flusher", "Flush", "flusher", "flushes"},
	{"net/http", "Hijacker", "Hijack", "hijacker", "hijacks"},
	{"io", "ReaderFrom", "ReadFrom", "readerFrom", "reads"},
}

func writeConstructor(b *bytes.Buffer, d *plan.Decorator, im *imports, next string) {
	fmt.Fprintf(b, "// %s returns %s that calls next, with each method woven as its site says.\n", d.Func, article(d.Interface))
	more := slices.DeleteFunc(slices.Clone(optionals), func(o optional) bool { return hasMethod(d, o.method) || hasMethod(d, o.name) })
	if !d.Optional || len(more) == 0 {
		fmt.Fprintf(b, "func %s(next %s) %s { return &%s{%s: next} }\n\n", d.Func, d.Interface, d.Interface, d.Type, next)
		return
	}
	var list []string
	for _, o := range more {
		list = append(list, im.byPath[o.pkg]+"."+o.name)
	}
	fmt.Fprintf(b, "// It implements %s exactly where next does, and these go to next as they are.\n", and(list))
	fmt.Fprintf(b, "func %s(next %s) %s {\n\td := &%s{%s: next}\n", d.Func, d.Interface, d.Interface, d.Type, next)
	for i, o := range more {
		fmt.Fprintf(b, "\t%s, %s := next.(%s)\n", o.variable, o.has, list[i])
	}
	b.WriteString("\tswitch {\n")
	for mask := 1<<len(more) - 1; mask > 0; mask-- {
		var has, embedded, values []string
		for i, o := range more {
			if mask&(1<<(len(more)-1-i)) != 0 {
				has, embedded, values = append(has, o.has), append(embedded, list[i]), append(values, o.variable)
			}
		}
		fmt.Fprintf(b, "\tcase %s:\n\t\treturn struct {\n\t\t\t*%s\n\t\t\t%s\n\t\t}{d, %s}\n",
			strings.Join(has, " && "), d.Type, strings.Join(embedded, "\n\t\t\t"), strings.Join(values, ", "))
	}
	b.WriteString("\t}\n\treturn d\n}\n\n")
}

func article(name string) string {
	if strings.ContainsRune("AEIOUaeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

func writeMethod(b *bytes.Buffer, d *plan.Decorator, m *plan.Method, im *imports, next string) error {
	taken := rewrite.Names{}
	for _, p := range slices.Concat(m.Params, m.Results) {
		taken[p.Name] = true
	}
	if m.Site != nil {
		taken.SpellSteps(m.Site.Steps)
	}
	recv := taken.Fresh("d", "decorated")
	params, args, err := writeParams(d, m.Params, im, taken)
	if err != nil {
		return err
	}
	results, _, err := writeParams(d, m.Results, im, taken)
	if err != nil {
		return err
	}
	if m.Variadic {
		args[len(args)-1] += "..."
	}
	call := fmt.Sprintf("%s.%s.%s(%s)", recv, next, m.Name, strings.Join(args, ", "))
	result := strings.Join(results, ", ")
	if len(m.Results) > 0 {
		call = "return " + call
		result = " (" + result + ")"
		if len(m.Results) == 1 && m.Results[0].Name == "" {
			result = " " + results[0]
		}
	}
	fmt.Fprintf(b, "\n// %s calls %s of the %s below.\n", m.Name, m.Name, d.Interface)
	fmt.Fprintf(b, "func (%s *%s) %s(%s)%s {\n\t%s\n}\n", recv, d.Type, m.Name, strings.Join(params, ", "), result, call)
	return nil
}

// writeParams returns the variables as a signature declares them, and their names.
func writeParams(d *plan.Decorator, list []plan.Param, im *imports, taken rewrite.Names) (decls, args []string, err error) {
	seen := map[string]bool{}
	for i, p := range list {
		t, err := im.typeText(d.Imports, p.Type)
		if err != nil {
			return nil, nil, err
		}
		name := p.Name
		if seen[name] && name != "" && name != "_" {
			name = taken.Fresh("p" + strconv.Itoa(i))
		}
		seen[name] = true
		decls = append(decls, strings.TrimSpace(name+" "+t))
		args = append(args, name)
	}
	return decls, args, nil
}

// typeText rewrites a type to use the generated file's names for packages.
func (im *imports) typeText(from []plan.Import, t string) (string, error) {
	element, variadic := strings.CutPrefix(t, "...")
	x, err := parser.ParseExpr(element)
	if err != nil {
		return "", fmt.Errorf("type %s: %w", t, err)
	}
	var edits []rewrite.Edit
	ast.Inspect(x, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				for _, i := range from {
					if i.Name == id.Name {
						edits = append(edits, rewrite.Edit{Start: int(id.Pos()) - 1, End: int(id.End()) - 1, Text: im.byPath[i.Path]})
					}
				}
			}
		}
		return true
	})
	element = string(rewrite.Apply([]byte(element), 0, edits))
	if variadic {
		return "..." + element, nil
	}
	return element, nil
}
