package generated

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// recordDecls returns the declarations of the package's functions that are steps of workflows: what
// describes each, and the function to which it hands over the calls that a run makes.
func recordDecls(pkg *plan.Package, im *imports) ([]dst.Decl, error) {
	sites := pkg.Recorded()
	if len(sites) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	im.writeHeader(&b, pkg)
	for _, site := range sites {
		w := recordWriter{pkg: pkg, site: site, record: site.Record, im: im, b: &b}
		if err := w.write(); err != nil {
			return nil, fmt.Errorf("step %s: %w", site.Func, err)
		}
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, err
	}
	return declsOf(text, im)
}

// recordWriter writes the declarations of one step.
type recordWriter struct {
	pkg    *plan.Package
	site   *plan.Site
	record *plan.Record
	im     *imports
	b      *bytes.Buffer

	names                  rewrite.Names
	in, out, input, output string // types of what is recorded, and variables of these types
	recv, ctx, err         string
	params, types, results []string
}

func (w *recordWriter) write() error {
	if err := w.name(); err != nil {
		return err
	}
	w.writeStep()
	w.writeFunc()
	return nil
}

// name chooses names that hide nothing that the function spells.
func (w *recordWriter) name() error {
	r := w.record
	w.names = rewrite.Names{"nil": true, "error": true, "byte": true, r.Var: true, r.Func: true}
	for _, name := range w.im.byPath {
		w.names[name] = true
	}
	if r.Undo != nil {
		w.names[r.Undo.Name] = true
	}
	w.names.Spell(r.Recv)
	for _, p := range append(append([]plan.Param{}, r.Params...), r.Results...) {
		w.names.Spell(p.Type)
	}
	for _, p := range r.Params {
		text, err := w.im.typeText(r.Imports, p.Type)
		if err != nil {
			return err
		}
		w.types = append(w.types, text)
	}
	for _, p := range r.Results {
		text, err := w.im.typeText(r.Imports, p.Type)
		if err != nil {
			return err
		}
		w.results = append(w.results, text)
	}
	w.ctx, w.err = w.names.Fresh("ctx", "callCtx"), w.names.Fresh("err", "failure")
	w.in, w.out = w.names.Fresh("arguments"), w.names.Fresh("results")
	w.input, w.output = w.names.Fresh("in", "input"), w.names.Fresh("out", "output")
	if r.Recv != "" {
		w.recv = w.names.Fresh("recv", "receiver")
	}
	for _, p := range r.Params {
		w.params = append(w.params, w.names.Fresh(p.Name))
	}
	return nil
}

// writeStep writes the variable that describes the step.
func (w *recordWriter) writeStep() {
	r, workflow := w.record, w.im.byPath[plan.WorkflowPath]
	undone := ""
	if r.Undo != nil {
		undone = ", and " + r.Undo.Name + " undoes it"
	}
	fmt.Fprintf(w.b, "// %s is a step of workflows%s.\n", w.site.Func, undone)
	if w.site.Var == "" {
		fmt.Fprintf(w.b, "//\n%s\n", siteline.Site(w.site))
	}
	fmt.Fprintf(w.b, "var %s = %s.Step{\n\tName: %q,\n", r.Var, workflow, r.Name)
	if len(r.Errors) > 0 {
		fmt.Fprintf(w.b, "\tErrors: %s,\n", errorsText(w.pkg, workflow, r.Errors))
	}
	w.b.WriteString("}\n\n")
}

// errorsText is the literal of a package's errors, each with the name that it has in records.
func errorsText(pkg *plan.Package, workflow string, names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("%q: %s", pkg.Path+"."+name, name))
	}
	return workflow + ".Errors{" + strings.Join(list, ", ") + "}"
}

// writeFunc writes the function that records a call.
func (w *recordWriter) writeFunc() {
	r, workflow, context := w.record, w.im.byPath[plan.WorkflowPath], w.im.byPath["context"]
	var decls []string
	if r.Recv != "" {
		decls = append(decls, w.recv+" "+r.Recv)
	}
	decls = append(decls, w.ctx+" "+context+".Context")
	for i, name := range w.params {
		t := w.types[i]
		if r.Variadic && i == len(w.params)-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		decls = append(decls, name+" "+t)
	}
	result := "error"
	if len(r.Results) > 0 {
		result = "(" + strings.Join(w.results, ", ") + ", error)"
	}
	fmt.Fprintf(w.b, "// %s makes a call of %s for a run.\n", r.Func, w.site.Func)
	fmt.Fprintf(w.b, "func %s(%s) %s {\n", r.Func, strings.Join(decls, ", "), result)
	w.writeFields(w.in, r.Params, w.types)
	w.writeFields(w.out, r.Results, w.results)
	output := w.output
	if len(r.Results) == 0 {
		output = "_"
	}
	fmt.Fprintf(w.b, "\t%s, %s := %s.Record(%s, &%s, %s{%s}, func(%s %s.Context) (%s %s, %s error) {\n", output, w.err, workflow, w.ctx, r.Var,
		w.in, strings.Join(w.params, ", "), w.ctx, context, w.output, w.out, w.err)
	args := append([]string{w.ctx}, w.params...)
	if r.Variadic {
		args[len(args)-1] += "..."
	}
	called := w.site.Func
	if r.Recv != "" {
		called = w.recv + called[strings.LastIndexByte(called, '.'):]
	}
	fmt.Fprintf(w.b, "\t\t%s = %s(%s)\n", strings.Join(append(w.selected(w.output, r.Results), w.err), ", "), called, strings.Join(args, ", "))
	fmt.Fprintf(w.b, "\t\treturn %s, %s\n\t}, ", w.output, w.err)
	w.writeUndo()
	fmt.Fprintf(w.b, ")\n\treturn %s\n}\n\n", strings.Join(append(w.selected(w.output, r.Results), w.err), ", "))
}

// writeFields writes the type that holds parameters or results.
func (w *recordWriter) writeFields(name string, list []plan.Param, types []string) {
	fmt.Fprintf(w.b, "\ttype %s struct {", name)
	for i, p := range list {
		fmt.Fprintf(w.b, "\n\t\t%s %s `json:%q`", plan.UpperFirst(p.Name), types[i], p.Name)
	}
	if len(list) > 0 {
		w.b.WriteString("\n\t")
	}
	w.b.WriteString("}\n")
}

// selected are the fields of a variable.
func (w *recordWriter) selected(of string, list []plan.Param) []string {
	var fields []string
	for _, p := range list {
		fields = append(fields, of+"."+plan.UpperFirst(p.Name))
	}
	return fields
}

// writeUndo writes the function that undoes the call.
func (w *recordWriter) writeUndo() {
	r := w.record
	if r.Undo == nil {
		w.b.WriteString("nil")
		return
	}
	called := r.Undo.Name
	if r.Undo.Method {
		called = w.recv + "." + called
	}
	input, output := w.input, w.output
	if len(r.Params) == 0 {
		input = "_"
	}
	if len(r.Results) == 0 {
		output = "_"
	}
	args := append([]string{w.ctx}, append(w.selected(w.input, r.Params), w.selected(w.output, r.Results)...)...)
	fmt.Fprintf(w.b, "func(%s %s.Context, %s %s, %s %s) error {\n\t\treturn %s(%s)\n\t}", w.ctx, w.im.byPath["context"],
		input, w.in, output, w.out, called, strings.Join(args, ", "))
}
