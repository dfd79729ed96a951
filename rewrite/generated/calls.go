package generated

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"strings"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated/literal"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// callDecls returns the declarations for a package's call sites: a variable for the site of each,
// and the functions that they become calls of.
func callDecls(pkg *plan.Package, im *imports) ([]dst.Decl, error) {
	var decls []dst.Decl
	for _, c := range pkg.Calls {
		if c.Site == nil {
			continue
		}
		site := *c.Site
		site.Steps = nil // what they call belongs to the function
		what := "The call in which "
		if c.Go != nil {
			what = "The statement "
		}
		list, err := variables(&site, what+site.Func, siteline.Call(c))
		if err != nil {
			return nil, err
		}
		decls = append(decls, list...)
	}
	for _, v := range pkg.Contexts {
		var value dst.Expr = literal.Ident(&v.Ref)
		if v.Field != "" {
			value = &dst.SelectorExpr{X: value, Sel: dst.NewIdent(v.Field)}
		}
		decl := declare(v.Name, value)
		decl.Decs.Start = dst.Decorations{"// " + v.Name + " returns the context of a parameter, for calls that are given one."}
		decls = append(decls, decl)
	}
	for _, fn := range pkg.CallFuncs {
		var list []dst.Decl
		var err error
		work := underway.Work{Verb: "generate", Of: pkg.Path + "." + fn.Name, Off: underway.OffRules}
		underway.Do(work, func() { list, err = callFunc(pkg, fn, im) })
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", fn.Name, err)
		}
		decls = append(decls, list...)
	}
	return decls, nil
}

// callFunc returns a function that calls of one callee become calls of. It is written as plain Go,
// and woven as any other function is.
func callFunc(pkg *plan.Package, fn *plan.CallFunc, im *imports) ([]dst.Decl, error) {
	var b bytes.Buffer
	im.writeHeader(&b, pkg)
	if err := im.writeCallFunc(&b, pkg, fn); err != nil {
		return nil, err
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, err
	}
	var decls []dst.Decl
	if fn.Site != nil {
		woven, found, err := rewrite.Weave(plan.GeneratedFile, text, []*plan.Site{fn.Site}, nil, rewrite.Reading)
		if err != nil {
			return nil, err
		}
		if len(found) != 1 {
			return nil, fmt.Errorf("its site must be its own, and not that of %s", fn.Site.Func)
		}
		text = woven
		decls = stepVariables(fn.Site)
	}
	list, err := declsOf(text, im)
	return append(decls, list...), err
}

func (im *imports) writeCallFunc(b *bytes.Buffer, pkg *plan.Package, fn *plan.CallFunc) error {
	var typeParams, params, args, results, typeArgs []string
	spell := func(list *[]string, name, t string) error {
		text, err := im.typeText(fn.Imports, t)
		*list = append(*list, strings.TrimSpace(name+" "+text))
		return err
	}
	for _, p := range fn.TypeParams {
		if err := spell(&typeParams, p.Name, p.Type); err != nil {
			return err
		}
	}
	if fn.Site != nil {
		t, err := im.siteType(fn.Site)
		if err != nil {
			return err
		}
		params = append(params, fn.Site.Var+" *"+t)
	}
	for _, p := range fn.Params {
		if err := spell(&params, p.Name, p.Type); err != nil {
			return err
		}
		args = append(args, p.Name)
	}
	for _, r := range fn.Results {
		if err := spell(&results, "", r.Type); err != nil {
			return err
		}
	}
	for _, t := range fn.TypeArgs {
		if err := spell(&typeArgs, "", t); err != nil {
			return err
		}
	}
	if last := len(args) - 1; fn.Variadic {
		if o := fn.Options; o != nil {
			args[last] = im.reference(pkg, o) + "(" + args[last] + ")"
		}
		args[last] += "..."
	}
	if fn.Starter != "" {
		args = args[1:]
	}
	var called string
	switch {
	case fn.Value != "":
		called, args = args[0], args[1:]
	case fn.Method != "":
		called, args = args[0]+"."+fn.Method, args[1:]
	default:
		called = im.reference(pkg, fn.Func)
	}
	writeCallDoc(b, pkg, fn)
	result, call := strings.Join(results, ", "), called+bracketed(typeArgs)+"("+strings.Join(args, ", ")+")"
	if len(results) > 0 {
		call = "return " + call
	}
	if len(results) > 1 {
		result = "(" + result + ")"
	}
	fmt.Fprintf(b, "func %s%s(%s) %s {\n\t%s\n}\n", fn.Name, bracketed(typeParams), strings.Join(params, ", "), result, call)
	return nil
}

// writeCallDoc writes the comment of a function. Calls that are only replaced have no variable that
// their directives could stand on.
func writeCallDoc(b *bytes.Buffer, pkg *plan.Package, fn *plan.CallFunc) {
	if fn.Value != "" {
		fmt.Fprintf(b, "// %s runs what a go statement starts.\n", fn.Name)
		return
	}
	what := fn.Callee
	if fn.Func != nil && fn.Func.Path+"."+fn.Func.Name != fn.Callee {
		what = fmt.Sprintf("%s.%s in place of %s", fn.Func.Path, fn.Func.Name, fn.Callee)
	}
	if o := fn.Options; o != nil {
		what += fmt.Sprintf(" with the options of %s.%s", o.Path, o.Name)
	}
	fmt.Fprintf(b, "// %s calls %s.\n", fn.Name, what)
	if fn.Site != nil {
		return
	}
	b.WriteString("//\n")
	for _, c := range pkg.Calling(fn.Name) {
		fmt.Fprintln(b, siteline.Call(c))
	}
}

// reference is how the package refers to a function.
func (im *imports) reference(pkg *plan.Package, f *plan.Ref) string {
	if f.Path == pkg.Path {
		return f.Name
	}
	return im.byPath[f.Path] + "." + f.Name
}

func bracketed(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// siteType is the type of a site's variable.
func (im *imports) siteType(site *plan.Site) (string, error) {
	name := im.byPath[cmp.Or(site.Entry.Hooks, plan.HooksPath)] + "." + cmp.Or(site.Entry.Site, "Site")
	if site.Declared == nil {
		return name, nil
	}
	param, err := im.typeText(site.Declared.Imports, site.Declared.Type)
	return name + "[" + param + "]", err
}
