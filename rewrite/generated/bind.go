package generated

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated/literal"
)

// bindWriter writes the declarations for one bound struct: the list of its needs, the function that
// fills it, and the adapters of its fields.
type bindWriter struct {
	pkg  *plan.Package
	bind *plan.Bind
	im   *imports
	b    *bytes.Buffer

	names rewrite.Names // taken in the function
	ctx   string
	p     string // the platform
	self  string // the variable that is filled
	errs  string // the variable that holds the errors
	n     int    // how many calls can fail
	next  int    // index of the next of them
}

func (w *bindWriter) write() error {
	w.writeNeeds()
	if err := w.writeFunc(); err != nil {
		return err
	}
	for i := range w.bind.Fields {
		if f := &w.bind.Fields[i]; f.Adapter != nil {
			if err := w.writeAdapter(f); err != nil {
				return fmt.Errorf("field %s: %w", f.Field, err)
			}
		}
	}
	return nil
}

// writeNeeds writes the list of bindings, without duplicates.
func (w *bindWriter) writeNeeds() {
	fmt.Fprintf(w.b, "// %s lists the bindings that %s asks an environment for.\n", w.bind.Needs, w.bind.Func)
	fmt.Fprintf(w.b, "var %s = []%s.Need{\n", w.bind.Needs, w.im.byPath[kind.Bindings])
	seen := map[[2]string]bool{}
	need := func(name, of, member string) {
		if seen[[2]string{name, of}] {
			return
		}
		seen[[2]string{name, of}] = true
		fmt.Fprintf(w.b, "\t{Name: %q, Kind: %s.%s, Position: %q},\n", name, w.im.byPath[kind.Bindings], kind.Named(of).Const,
			w.pkg.Name+"."+w.bind.Type+"."+member)
	}
	for _, f := range w.bind.Fields {
		need(f.Name, f.Kind, f.Field)
	}
	for _, h := range w.bind.Handles {
		need(h.Topic, kind.Topic.Name, h.Method)
	}
	for _, r := range w.bind.Runs {
		need(r.Workflow, kind.Workflow.Name, r.Method)
	}
	w.b.WriteString("}\n\n")
}

// writeFunc writes the function that binds.
func (w *bindWriter) writeFunc() error {
	w.nameVariables()
	w.b.WriteString(w.doc())
	fmt.Fprintf(w.b, "func %s(%s %s.Context, %s *%s.Platform) (*%s, error) {\n",
		w.bind.Func, w.ctx, w.im.byPath["context"], w.p, w.im.byPath[kind.Bindings], w.bind.Type)
	fmt.Fprintf(w.b, "\tvar %s %s\n", w.self, w.bind.Type)
	if w.n > 1 {
		fmt.Fprintf(w.b, "\tvar %s [%d]error\n", w.errs, w.n)
	} else if len(w.bind.Fields) == 1 {
		fmt.Fprintf(w.b, "\tvar %s error\n", w.errs)
	}
	for i := range w.bind.Fields {
		if err := w.writeField(&w.bind.Fields[i]); err != nil {
			return fmt.Errorf("field %s: %w", w.bind.Fields[i].Field, err)
		}
	}
	for _, h := range w.bind.Handles {
		if err := w.writeHandle(h); err != nil {
			return fmt.Errorf("method %s: %w", h.Method, err)
		}
	}
	for _, r := range w.bind.Runs {
		w.writeRun(r)
	}
	if w.n > 1 {
		err := w.names.Fresh("err", "failure")
		fmt.Fprintf(w.b, "\tif %s := %s.Join(%s[:]...); %s != nil {\n\t\treturn nil, %s\n\t}\n", err, w.im.byPath["errors"], w.errs, err, err)
	} else if len(w.bind.Fields) == 1 {
		fmt.Fprintf(w.b, "\tif %s != nil {\n\t\treturn nil, %s\n\t}\n", w.errs, w.errs)
	}
	fmt.Fprintf(w.b, "\treturn &%s, nil\n}\n\n", w.self)
	return nil
}

// doc is the comment of the function that binds.
func (w *bindWriter) doc() string {
	text := "// " + w.bind.Func + " returns " + article(w.bind.Type)
	if len(w.bind.Fields) > 0 {
		text += " whose fields are bindings of " + w.p
	}
	text += "."
	switch {
	case len(w.bind.Handles) == 1:
		text += " Its subscription begins when " + w.p + " starts."
	case len(w.bind.Handles) > 1:
		text += " Its subscriptions begin when " + w.p + " starts."
	}
	if len(w.bind.Runs) > 0 {
		text += " Its workflows run when " + w.p + " starts."
	}
	return text + "\n"
}

// writeRun writes the statement that makes a method the body of a workflow.
func (w *bindWriter) writeRun(r plan.Run) {
	pkg, known := w.im.byPath[kind.Workflow.Path], ""
	if len(r.Errors) > 0 {
		known = fmt.Sprintf(", %s.Known(%s)", pkg, errorsText(w.pkg, pkg, r.Errors))
	}
	w.writeCall(fmt.Sprintf("%s.Handle(%s, %s, %q, %s.%s%s)", pkg, w.ctx, w.p, r.Workflow, w.self, r.Method, known))
}

// writeHandle writes the statement of one subscription.
func (w *bindWriter) writeHandle(h plan.Handler) error {
	options, err := w.subscribeOptions(h)
	if err != nil {
		return err
	}
	call := fmt.Sprintf("%s.Handle(%s, %s, %q, %q, %s.%s%s)", w.im.byPath[kind.Topic.Path], w.ctx, w.p, h.Topic, h.Group, w.self, h.Method,
		options)
	w.writeCall(call)
	return nil
}

// writeCall writes the statement of a call that may fail.
func (w *bindWriter) writeCall(call string) {
	if w.n == 1 {
		fmt.Fprintf(w.b, "\tif %s := %s; %s != nil {\n\t\treturn nil, %s\n\t}\n", w.errs, call, w.errs, w.errs)
		return
	}
	fmt.Fprintf(w.b, "\t%s = %s\n", w.nextErr(), call)
}

// nameVariables chooses names that hide nothing that the function spells.
func (w *bindWriter) nameVariables() {
	w.names = rewrite.Names{w.bind.Type: true, "nil": true, "error": true}
	for _, name := range w.im.byPath {
		w.names[name] = true
	}
	for _, f := range w.bind.Fields {
		for _, t := range append(slices.Clone(f.Types), f.Migrations) {
			w.names.Spell(t)
		}
		if f.Adapter != nil {
			w.names[f.Adapter.Type] = true
		}
		if f.Service != nil && f.Service.Path == w.pkg.Path {
			w.names[plan.ServiceNames(f.Service.Name)[0]] = true
		}
	}
	w.n = len(w.bind.Fields) + len(w.bind.Handles) + len(w.bind.Runs)
	w.ctx, w.p = w.names.Fresh("ctx", "callCtx"), w.names.Fresh("p", "platform")
	w.self = w.names.Fresh(receiverName(w.bind.Type), "bound")
	w.errs = w.names.Fresh("errs", "failures")
	if w.n == 1 {
		w.errs = w.names.Fresh("err", "failure")
	}
}

// receiverName is the first letter of a type's name, in lower case.
func receiverName(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first))
}

// nextErr returns the variable that takes the next call's error.
func (w *bindWriter) nextErr() string {
	if w.n == 1 {
		return w.errs
	}
	w.next++
	return w.errs + "[" + strconv.Itoa(w.next-1) + "]"
}

// writeField writes the statements that open one binding.
func (w *bindWriter) writeField(f *plan.Field) error {
	call, err := w.open(f)
	if err != nil {
		return err
	}
	if f.Adapter == nil {
		fmt.Fprintf(w.b, "\t%s.%s, %s = %s\n", w.self, f.Field, w.nextErr(), call)
		return nil
	}
	v := w.names.Fresh(plan.LowerFirst(f.Field), plan.LowerFirst(f.Field)+"Of")
	fmt.Fprintf(w.b, "\tvar %s %s\n", v, f.Adapter.Type)
	fmt.Fprintf(w.b, "\t%s.%s, %s = %s\n", v, kind.TypeOf(f.Kind, f.Form).Name, w.nextErr(), call)
	fmt.Fprintf(w.b, "\t%s.%s = %s\n", w.self, f.Field, v)
	return nil
}

// open returns the call that opens a binding.
func (w *bindWriter) open(f *plan.Field) (string, error) {
	args := []string{w.ctx, w.p, strconv.Quote(f.Name)}
	if f.Service != nil {
		fn := plan.ServiceNames(f.Service.Name)[0]
		if f.Service.Path != w.pkg.Path {
			fn = w.im.byPath[f.Service.Path] + "." + fn
		}
		return fmt.Sprintf("%s(%s)", fn, strings.Join(args, ", ")), nil
	}
	instance, err := w.instance(f)
	if err != nil {
		return "", err
	}
	t := kind.TypeOf(f.Kind, f.Form)
	pkg := w.im.byPath[t.Kind.Path]
	if f.Migrations != "" {
		migrations, err := w.im.typeText(w.bind.Imports, f.Migrations)
		if err != nil {
			return "", err
		}
		args = append(args, pkg+".Migrations("+migrations+")")
	}
	if f.Tenants && t.PerTenant != "" {
		option := pkg + "." + t.PerTenant
		if t.TypedOptions {
			option += instance
		}
		args = append(args, option+"()")
	}
	return fmt.Sprintf("%s.%s%s(%s)", pkg, t.Open, instance, strings.Join(args, ", ")), nil
}

// instance spells the type arguments of a field's portable type, in brackets.
func (w *bindWriter) instance(f *plan.Field) (string, error) {
	var types []string
	for _, t := range f.Types {
		text, err := w.im.typeText(w.bind.Imports, t)
		if err != nil {
			return "", err
		}
		types = append(types, text)
	}
	if len(types) == 0 {
		return "", nil
	}
	return "[" + strings.Join(types, ", ") + "]", nil
}

// subscribeOptions writes the options of a subscription.
func (w *bindWriter) subscribeOptions(h plan.Handler) (string, error) {
	topic := w.im.byPath[kind.Topic.Path]
	text := ""
	for _, o := range h.Options {
		switch o.Name {
		case "concurrency":
			text += fmt.Sprintf(", %s.Concurrency(%s)", topic, o.Value)
		case "deliveries":
			text += fmt.Sprintf(", %s.MaxDeliveries(%s)", topic, o.Value)
		case "lease":
			d, err := literal.DurationText(o.Value, w.im.byPath["time"])
			if err != nil {
				return "", err
			}
			text += fmt.Sprintf(", %s.Lease(%s)", topic, d)
		case "from":
			text += fmt.Sprintf(", %s.FromNow()", topic)
		default:
			return "", fmt.Errorf("option %s must be one of a subscription", o.Name)
		}
	}
	return text, nil
}
