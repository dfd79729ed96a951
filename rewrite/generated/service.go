package generated

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/rewrite"
)

// serviceWriter writes the declarations of one service: the functions that open, provide and serve
// it, the types of messages, and the implementations that call another process or this one.
type serviceWriter struct {
	pkg     *plan.Package
	service *plan.Service
	im      *imports
	b       *bytes.Buffer
}

func (w *serviceWriter) write() error {
	s := w.service
	w.writeAPI()
	w.writeFunctions()
	w.writeHandler()
	if err := w.writeMessages(); err != nil {
		return err
	}
	fmt.Fprintf(w.b, "// %s is %s of another process.\ntype %s struct{ client *%s.Client }\n\n", s.Client, article(s.Interface), s.Client,
		w.pkgName())
	for i := range s.Methods {
		if err := w.writeClientMethod(&s.Methods[i]); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.b, "// %s is the %s that this process provides.\ntype %s struct{ ref *%s.Ref[%s] }\n\n", s.Local, s.Interface, s.Local,
		w.pkgName(), s.Interface)
	for i := range s.Methods {
		if err := w.writeLocalMethod(&s.Methods[i]); err != nil {
			return err
		}
	}
	return nil
}

// pkgName is the name of package service in the generated file.
func (w *serviceWriter) pkgName() string { return w.im.byPath[kind.Service.Path] }

// writeFunctions writes the functions that open and provide the service.
func (w *serviceWriter) writeFunctions() {
	s, pkg, ctx, bindings := w.service, w.pkgName(), w.im.byPath["context"], w.im.byPath[kind.Bindings]
	fmt.Fprintf(w.b, "// %s returns the %s that an environment binds to name: that of this process, or a client of another's.\n", s.Open,
		s.Interface)
	fmt.Fprintf(w.b, "func %s(ctx %s.Context, p *%s.Platform, name string) (%s, error) {\n", s.Open, ctx, bindings, s.Interface)
	fmt.Fprintf(w.b, "\treturn %s.Open(ctx, p, name, %s,\n", pkg, s.API)
	fmt.Fprintf(w.b, "\t\tfunc(c *%s.Client) %s { return %s{c} },\n", pkg, s.Interface, s.Client)
	fmt.Fprintf(w.b, "\t\tfunc(r *%s.Ref[%s]) %s { return %s{r} })\n}\n\n", pkg, s.Interface, s.Interface, s.Local)

	fmt.Fprintf(w.b, "// %s makes impl the %s that the platform's binding of that name means by local:.\n", s.Provide, s.Interface)
	fmt.Fprintf(w.b, "func %s(p *%s.Platform, name string, impl %s) error { return %s.Provide(p, name, impl) }\n\n", s.Provide, bindings,
		s.Interface, pkg)
}

// writeHandler writes the function that serves the service over HTTP.
func (w *serviceWriter) writeHandler() {
	s, pkg, ctx := w.service, w.pkgName(), w.im.byPath["context"]
	fmt.Fprintf(w.b, "// %s serves impl to other processes, over HTTP and JSON.\n", s.Handler)
	fmt.Fprintf(w.b, "func %s(impl %s, options ...%s.HandlerOption) *%s.Handler {\n", s.Handler, s.Interface, pkg, pkg)
	fmt.Fprintf(w.b, "\th := %s.NewHandler(%s, options...)\n", pkg, s.API)
	for i := range s.Methods {
		m := &s.Methods[i]
		args, in := []string{"ctx"}, "_"
		for _, p := range m.Params {
			args, in = append(args, "in."+plan.UpperFirst(p.Name)), "in"
		}
		if m.Variadic {
			args[len(args)-1] += "..."
		}
		call := fmt.Sprintf("impl.%s(%s)", m.Name, strings.Join(args, ", "))
		fmt.Fprintf(w.b, "\t%s.Handle(h, %q, func(ctx %s.Context, %s *%s) (out %s, err error) {\n",
			pkg, m.Name, ctx, in, w.message(m.In), w.message(m.Out))
		if len(m.Results) == 0 {
			fmt.Fprintf(w.b, "\t\treturn out, %s\n\t})\n", call)
			continue
		}
		var results []string
		for _, r := range m.Results {
			results = append(results, "out."+plan.UpperFirst(r.Name))
		}
		fmt.Fprintf(w.b, "\t\t%s, err = %s\n\t\treturn out, err\n\t})\n", strings.Join(results, ", "), call)
	}
	w.b.WriteString("\treturn h\n}\n\n")
}

// message returns the type of a method's arguments or results on their way between processes.
func (w *serviceWriter) message(name string) string {
	if name == "" {
		return w.pkgName() + ".None"
	}
	return name
}

// writeAPI writes the variable that describes the service.
func (w *serviceWriter) writeAPI() {
	s := w.service
	fmt.Fprintf(w.b, "// %s is what both sides of a call know of %s.\nvar %s = %s.API{\n\tName: %q,\n", s.API, s.Interface, s.API, w.pkgName(),
		w.pkg.Path+"."+s.Interface)
	if len(s.Errors) > 0 {
		var list []string
		for _, e := range s.Errors {
			list = append(list, fmt.Sprintf("%q: %s", e, e))
		}
		fmt.Fprintf(w.b, "\tErrors: map[string]error{%s},\n", strings.Join(list, ", "))
	}
	var list []string
	for _, m := range s.Methods {
		if m.Idempotent {
			list = append(list, strconv.Quote(m.Name))
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(w.b, "\tIdempotent: []string{%s},\n", strings.Join(list, ", "))
	}
	w.b.WriteString("}\n\n")
}

// writeMessages writes the types that hold the methods' parameters and their results.
func (w *serviceWriter) writeMessages() error {
	type message struct {
		name   string
		fields []plan.Param
	}
	var list []message
	for _, m := range w.service.Methods {
		for _, message := range []message{{m.In, m.Params}, {m.Out, m.Results}} {
			if message.name != "" {
				list = append(list, message)
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	fmt.Fprintf(w.b, "// The arguments and results of the methods of %s as they travel.\ntype (\n", w.service.Interface)
	for _, message := range list {
		fmt.Fprintf(w.b, "\t%s struct {\n", message.name)
		for _, p := range message.fields {
			t, err := w.im.typeText(w.service.Imports, p.Type)
			if err != nil {
				return fmt.Errorf("%s: %w", message.name, err)
			}
			fmt.Fprintf(w.b, "\t\t%s %s `json:%q`\n", plan.UpperFirst(p.Name), t, p.Name)
		}
		w.b.WriteString("\t}\n")
	}
	w.b.WriteString(")\n\n")
	return nil
}

// methodText is what a method's signature and its call need.
type methodText struct {
	ctx, recv       string
	params, results string   // as the signature declares them, the context and the error aside
	types           []string // of the results
	args            []string
	names           rewrite.Names
}

// method prepares one method of the service's implementations.
func (w *serviceWriter) method(m *plan.ServiceMethod, recv string) (*methodText, error) {
	t := &methodText{names: rewrite.Names{"nil": true, "error": true, w.service.Interface: true, m.In: true, m.Out: true}}
	for _, name := range w.im.byPath {
		t.names[name] = true
	}
	for _, p := range append(append([]plan.Param{}, m.Params...), m.Results...) {
		t.names.Spell(p.Type)
	}
	t.recv, t.ctx = t.names.Fresh(recv, "self"), t.names.Fresh("ctx", "callCtx")
	for i, p := range m.Params {
		text, err := w.im.typeText(w.service.Imports, p.Type)
		if err != nil {
			return nil, err
		}
		if m.Variadic && i == len(m.Params)-1 {
			text = "..." + strings.TrimPrefix(text, "[]")
		}
		name := t.names.Fresh(p.Name, "p"+strconv.Itoa(i))
		t.params, t.args = t.params+", "+name+" "+text, append(t.args, name)
	}
	for _, r := range m.Results {
		text, err := w.im.typeText(w.service.Imports, r.Type)
		if err != nil {
			return nil, err
		}
		t.types = append(t.types, text)
	}
	if t.results = "error"; len(t.types) > 0 {
		t.results = "(" + strings.Join(append(append([]string{}, t.types...), "error"), ", ") + ")"
	}
	return t, nil
}

// writeClientMethod writes a method that calls another process.
func (w *serviceWriter) writeClientMethod(m *plan.ServiceMethod) error {
	t, err := w.method(m, "c")
	if err != nil {
		return fmt.Errorf("method %s: %w", m.Name, err)
	}
	out, failure := t.names.Fresh("out", "result"), t.names.Fresh("err", "failure")
	fmt.Fprintf(w.b, "func (%s %s) %s(%s %s.Context%s) %s {\n", t.recv, w.service.Client, m.Name, t.ctx, w.im.byPath["context"], t.params,
		t.results)
	call := fmt.Sprintf("%s.Call[%s](%s, %s.client, %q, &%s{%s})", w.pkgName(), w.message(m.Out), t.ctx, t.recv, m.Name, w.message(m.In),
		strings.Join(t.args, ", "))
	if len(m.Results) == 0 {
		fmt.Fprintf(w.b, "\t_, %s := %s\n\treturn %s\n}\n\n", failure, call, failure)
		return nil
	}
	var results []string
	for _, r := range m.Results {
		results = append(results, out+"."+plan.UpperFirst(r.Name))
	}
	fmt.Fprintf(w.b, "\t%s, %s := %s\n\treturn %s, %s\n}\n\n", out, failure, call, strings.Join(results, ", "), failure)
	return nil
}

// writeLocalMethod writes a method that calls what this process provides.
func (w *serviceWriter) writeLocalMethod(m *plan.ServiceMethod) error {
	t, err := w.method(m, "l")
	if err != nil {
		return fmt.Errorf("method %s: %w", m.Name, err)
	}
	impl, failure := t.names.Fresh("s", "impl"), t.names.Fresh("err", "failure")
	results, zero := t.results, failure
	if len(t.types) > 0 {
		results, zero = "(_ "+strings.Join(t.types, ", _ ")+", "+failure+" error)", ""
	}
	fmt.Fprintf(w.b, "func (%s %s) %s(%s %s.Context%s) %s {\n",
		t.recv, w.service.Local, m.Name, t.ctx, w.im.byPath["context"], t.params, results)
	fmt.Fprintf(w.b, "\t%s, %s := %s.ref.Get(%s, %q)\n\tif %s != nil {\n\t\treturn %s\n\t}\n", impl, failure, t.recv, t.ctx, m.Name, failure,
		zero)
	args := append([]string{t.ctx}, t.args...)
	if m.Variadic {
		args[len(args)-1] += "..."
	}
	fmt.Fprintf(w.b, "\treturn %s.%s(%s)\n}\n\n", impl, m.Name, strings.Join(args, ", "))
	return nil
}
