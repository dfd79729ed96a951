package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
)

// The statements of single aspects: what may refuse or answer the call before the body, and what uses its results after it.

// before returns the statements that stand between the attributes and the body, in the order of the steps: limit, authz,
// validate, idempotent and cache; then the breaker's key, and the beginning of the deadline.
func (f *function) before(call string) (string, error) {
	var b, keyed strings.Builder
	for i := range f.site.Steps {
		step := &f.site.Steps[i]
		var err error
		switch step.Aspect {
		case "limit":
			err = f.limit(&b, call, step)
		case "authz":
			err = f.ask(&b, call+".Authorize", step)
		case "validate":
			err = f.ask(&b, call+".Validate", step)
		case "idempotent":
			err = f.claim(&b, call, step)
		case "cache":
			err = f.cached(&b, call, step)
		case "breaker":
			var key string
			key, err = f.limitKey(&keyed, call, step)
			fmt.Fprintf(&keyed, "\t%s.Keyed(%s)\n", call, key)
		}
		if err != nil {
			return "", err
		}
	}
	b.WriteString(keyed.String())
	return b.String() + f.start(call), nil
}

// start returns the statement that begins the deadline, after what may refuse the call.
func (f *function) start(call string) string {
	if !f.site.Start {
		return ""
	}
	ctx := f.nameParam(f.site.Ctx)
	if f.site.Entry == analysis.EntryRequest {
		return fmt.Sprintf("\t%s = %s.Request(%s, %s.Start(%s.Context()))\n", ctx, call, ctx, call, call)
	}
	return fmt.Sprintf("\t%s = %s.Start(%s)\n", ctx, call, ctx)
}

// refusing returns the arguments of a method that may refuse the call: in a handler, there is no error to set.
func (f *function) refusing(args ...string) (string, error) {
	if f.site.Entry != analysis.EntryHTTP {
		if f.site.ErrAs != analysis.ErrError {
			return "", fmt.Errorf("it must have a result of type error, by which a call is refused")
		}
		args = append([]string{"&" + f.nameResult(f.site.Err)}, args...)
	}
	return strings.Join(args, ", "), nil
}

func (f *function) limit(b *strings.Builder, call string, step *analysis.Step) error {
	key, err := f.limitKey(b, call, step)
	if err != nil {
		return err
	}
	args, err := f.refusing(key)
	fmt.Fprintf(b, "\tif !%s.Limit(%s) {\n\t\treturn\n\t}\n", call, args)
	return err
}

// limitKey returns the key of a limit or breaker, which is "" where the step has none. One that needs guards gets a variable:
// where a pointer is nil, it stays "".
func (f *function) limitKey(b *strings.Builder, call string, step *analysis.Step) (string, error) {
	if len(step.Keys) == 0 {
		return `""`, nil
	}
	key, guards, err := f.key(call, step)
	if err != nil || guards == "" {
		return key, err
	}
	variable := f.names.fresh("key", "callKey")
	fmt.Fprintf(b, "\t%s := \"\"\n\tif %s {\n\t\t%s = %s\n\t}\n", variable, guards, variable, key)
	return variable, nil
}

// ask writes the statement that asks a function of the user's.
func (f *function) ask(b *strings.Builder, method string, step *analysis.Step) error {
	text, err := f.callee(step.Func, "", "")
	if err != nil {
		return err
	}
	args, err := f.refusing(text)
	fmt.Fprintf(b, "\tif !%s(%s) {\n\t\treturn\n\t}\n", method, args)
	return err
}

func (f *function) claim(b *strings.Builder, call string, step *analysis.Step) error {
	if step.Store == nil {
		return fmt.Errorf("its step idempotent must have a store")
	}
	key, guards, err := f.key(call, step)
	if err != nil {
		return err
	}
	store, err := f.outer(step.Store.Go, false)
	if err != nil {
		return err
	}
	list := []string{store, key}
	for _, name := range f.plainResults() {
		list = append(list, "&"+name)
	}
	args, err := f.refusing(list...)
	if guards != "" {
		guards += " && "
	}
	fmt.Fprintf(b, "\tif %s!%s.Claim(%s) {\n\t\treturn\n\t}\n", guards, call, args)
	return err
}

// cached writes the statement that answers from the cache. Its results are asserted to be of the types that the signature
// spells; a nil one of an interface type stays nil.
func (f *function) cached(b *strings.Builder, call string, step *analysis.Step) error {
	key, guards, err := f.key(call, step)
	if err != nil {
		return err
	}
	args, err := f.refusing(key)
	if err != nil {
		return err
	}
	values, ok := "_", f.names.fresh("ok", "hit")
	if len(f.results) > 1 {
		values = f.names.fresh("v", "values")
	}
	indent := "\t"
	if guards != "" {
		fmt.Fprintf(b, "\tif %s {\n", guards)
		indent += "\t"
	}
	fmt.Fprintf(b, "%sif %s, %s := %s.Cached(%s); %s {\n", indent, values, ok, call, args, ok)
	n := 0
	for i, v := range f.results {
		if i != f.site.Err {
			fmt.Fprintf(b, "%s\t%s, _ = %s[%d].(%s)\n", indent, v.name, values, n, f.typeOf(v))
			n++
		}
	}
	if f.step("idempotent") != nil {
		fmt.Fprintf(b, "%s\t%s.Settle(%s)\n", indent, call, f.kept())
	}
	fmt.Fprintf(b, "%s\treturn\n%s}\n", indent, indent)
	if guards != "" {
		b.WriteString("\t}\n")
	}
	return nil
}

// after returns the statements between the loop and the return.
func (f *function) after(call string) (string, error) {
	var b strings.Builder
	failure := f.results[f.site.Err].name
	if step := f.step("fallback"); step != nil {
		context := ""
		if f.site.Entry == analysis.EntryContext {
			context = call + ".Outer()" // the deadline in the parameter may have passed
		}
		text, err := f.callee(step.Func, context, failure)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\tif %s.Fallback(&%s) {\n\t\t%s = %s\n\t}\n", call, failure, f.resultList(), text)
	}
	if f.step("cache") != nil {
		fmt.Fprintf(&b, "\t%s.Keep(%s)\n", call, f.kept())
	}
	if f.step("idempotent") != nil {
		fmt.Fprintf(&b, "\t%s.Settle(%s)\n", call, f.kept())
	}
	return b.String(), nil
}

// kept returns the address of the error and the other results, as they are kept or stored.
func (f *function) kept() string {
	return strings.Join(append([]string{"&" + f.results[f.site.Err].name}, f.plainResults()...), ", ")
}

// step returns the step of an aspect, or nil.
func (f *function) step(aspect string) *analysis.Step {
	i := slices.IndexFunc(f.site.Steps, func(s analysis.Step) bool { return s.Aspect == aspect })
	if i < 0 {
		return nil
	}
	return &f.site.Steps[i]
}

// plainResults returns the names of all results but the error.
func (f *function) plainResults() []string {
	var list []string
	for i := range f.results {
		if i != f.site.Err {
			list = append(list, f.nameResult(i))
		}
	}
	return list
}

// key returns the text of a step's key, and the comparisons that must hold for it to be evaluated.
func (f *function) key(call string, step *analysis.Step) (text, guards string, err error) {
	if len(step.Keys) == 0 {
		return "", "", fmt.Errorf("its step %s must have a key", step.Aspect)
	}
	var parts, conditions []string
	exprs := step.Keys
	if step.Store != nil {
		exprs = append([]analysis.Expr{*step.Store}, exprs...)
	}
	for i, e := range exprs {
		part, err := f.outer(e.Go, step.Store == nil || i > 0)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, part)
		for _, g := range e.Guards {
			guard, err := f.outer(g, false)
			if err != nil {
				return "", "", err
			}
			if condition := guard + " != nil"; !slices.Contains(conditions, condition) {
				conditions = append(conditions, condition)
			}
		}
	}
	if step.Store != nil {
		parts = parts[1:]
	}
	text = parts[0]
	if !step.Text {
		text = call + ".Key(" + strings.Join(parts, ", ") + ")"
	}
	return text, strings.Join(conditions, " && "), nil
}

// callee returns the call of a function of the user's. A context that is not "" replaces the parameter that holds it.
func (f *function) callee(c *analysis.Callee, context, failure string) (string, error) {
	if c == nil {
		return "", fmt.Errorf("its step must have a function")
	}
	name, err := f.outer(c.Name, false)
	if err != nil {
		return "", err
	}
	var args []string
	for n, i := range c.Args {
		if i >= len(f.params) {
			return "", fmt.Errorf("it must have a parameter %d for %s, and has %d parameters", i, c.Name, len(f.params))
		}
		arg := f.nameParam(i)
		if context != "" && i == f.site.Ctx {
			arg = context
		}
		if c.Spread && n == len(c.Args)-1 {
			arg += "..."
		}
		args = append(args, arg)
	}
	if c.Error {
		args = append(args, failure)
	}
	return name + "(" + strings.Join(args, ", ") + ")", nil
}

// outer rewrites an expression, whose variables are parameters or the receiver as the source names them, to the names that they
// have in the woven function. Strict means that it must begin with one of them, and not with what the package declares.
func (f *function) outer(expr string, strict bool) (string, error) {
	root, err := parser.ParseExpr(expr)
	if err != nil {
		return "", fmt.Errorf("its expression %s must be one of Go: %w", expr, err)
	}
	var edits []edit
	for _, id := range roots(root) {
		v := f.variable(id.Name)
		if v == nil && strict {
			return "", fmt.Errorf("it must have a parameter %s for its expression %s", id.Name, expr)
		}
		if v != nil && v.name != id.Name {
			edits = append(edits, edit{int(id.Pos()) - 1, int(id.End()) - 1, v.name})
		}
	}
	return string(apply([]byte(expr), 0, edits)), nil
}

// roots returns the identifiers of an expression that are selected from nothing, in their order.
func roots(e ast.Expr) []*ast.Ident {
	var list []*ast.Ident
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			list = append(list, roots(n.X)...)
			return false
		case *ast.Ident:
			list = append(list, n)
		}
		return true
	})
	return list
}

// variable returns the parameter, result or receiver that the source names so, or nil.
func (f *function) variable(name string) *variable {
	for _, v := range f.all() {
		if v.wasNamed() && v.ident.Name == name {
			return v
		}
	}
	return nil
}

// spelledBySteps adds to set what the steps spell, which a new name must not hide.
func spelledBySteps(set map[string]bool, steps []analysis.Step) {
	add := func(expr string) {
		if e, err := parser.ParseExpr(expr); err == nil {
			spelled(set, e)
		}
	}
	for _, s := range steps {
		for _, k := range s.Keys {
			add(k.Go)
		}
		if s.Store != nil {
			add(s.Store.Go)
		}
		if s.Func != nil {
			add(s.Func.Name)
		}
	}
}
