package generated

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/rewrite"
)

// writeAdapter writes the type that adapts a portable type to the interface of a field: it embeds
// the portable type, and has the methods that differ.
func (w *bindWriter) writeAdapter(f *plan.Field) error {
	instance, err := w.instance(f)
	if err != nil {
		return err
	}
	of := kind.TypeOf(f.Kind, f.Form)
	portable := w.im.byPath[of.Path] + "." + of.Name + instance
	if of.Pointer {
		portable = "*" + portable
	}
	fmt.Fprintf(w.b, "// %s is what %s.%s holds.\ntype %s struct{ %s }\n\n", f.Adapter.Type, w.bind.Type, f.Field, f.Adapter.Type, portable)
	for i := range f.Adapter.Methods {
		if err := w.writeAdapterMethod(f, &f.Adapter.Methods[i]); err != nil {
			return fmt.Errorf("method %s: %w", f.Adapter.Methods[i].Name, err)
		}
	}
	return nil
}

// writeAdapterMethod writes a method that calls the portable type's.
func (w *bindWriter) writeAdapterMethod(f *plan.Field, m *plan.AdapterMethod) error {
	taken := rewrite.Names{"nil": true}
	for _, p := range append(append([]plan.Param{}, m.Params...), m.Results...) {
		taken.Spell(strings.TrimPrefix(p.Type, "..."))
	}
	params, args, err := w.parameters(m.Params, taken)
	if err != nil {
		return err
	}
	results, err := w.resultList(m.Results)
	if err != nil {
		return err
	}
	recv := taken.Fresh("a", "adapter")
	fmt.Fprintf(w.b, "// %s calls %s of the binding%s.\n", m.Name, m.Name, adapted(m))
	fmt.Fprintf(w.b, "func (%s %s) %s(%s)%s {\n", recv, f.Adapter.Type, m.Name, params, results)
	call := fmt.Sprintf("%s.%s.%s(%s)", recv, kind.TypeOf(f.Kind, f.Form).Name, m.Name, args)
	switch {
	case m.Widen:
		v, e := taken.Fresh("value", "result"), taken.Fresh("err", "failure")
		dropped := strings.Repeat("_, ", m.Drop)
		fmt.Fprintf(w.b, "\t%s%s, %s := %s\n\tif %s != nil {\n\t\treturn nil, %s\n\t}\n\treturn %s, nil\n", dropped, v, e, call, e, e, v)
	case m.Drop > 0:
		var kept []string
		for i := range m.Results {
			name := "r" + strconv.Itoa(i)
			if i == len(m.Results)-1 {
				name = "err"
			}
			kept = append(kept, taken.Fresh(name))
		}
		list := strings.Join(kept, ", ")
		fmt.Fprintf(w.b, "\t%s%s := %s\n\treturn %s\n", strings.Repeat("_, ", m.Drop), list, call, list)
	case len(m.Results) > 0:
		fmt.Fprintf(w.b, "\treturn %s\n", call)
	default:
		fmt.Fprintf(w.b, "\t%s\n", call)
	}
	w.b.WriteString("}\n\n")
	return nil
}

// adapted says how a method differs from the portable type's.
func adapted(m *plan.AdapterMethod) string {
	switch {
	case m.Widen:
		return ", and returns nil with an error"
	case m.Drop > 0:
		return ", and returns no more than the error"
	}
	return " without options"
}

// parameters returns the parameters as a signature declares them, and as a call passes them on.
func (w *bindWriter) parameters(list []plan.Param, taken rewrite.Names) (decls, args string, err error) {
	var d, a []string
	for i, p := range list {
		t, err := w.im.typeText(w.bind.Imports, p.Type)
		if err != nil {
			return "", "", err
		}
		name := taken.Fresh(p.Name, "p"+strconv.Itoa(i))
		spread := ""
		if strings.HasPrefix(t, "...") {
			spread = "..."
		}
		d, a = append(d, name+" "+t), append(a, name+spread)
	}
	return strings.Join(d, ", "), strings.Join(a, ", "), nil
}

// resultList returns the results as a signature declares them, without names.
func (w *bindWriter) resultList(list []plan.Param) (string, error) {
	var types []string
	for _, r := range list {
		t, err := w.im.typeText(w.bind.Imports, r.Type)
		if err != nil {
			return "", err
		}
		types = append(types, t)
	}
	switch len(types) {
	case 0:
		return "", nil
	case 1:
		return " " + types[0], nil
	}
	return " (" + strings.Join(types, ", ") + ")", nil
}
