package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// site resolves a function's aspects, in order, into a site. What a directive on the function asks for and cannot be is a
// finding; what a rule asks for is recorded with skip. It returns nil when nothing is left.
func (b *planner) site(f *function, want []*wanted, skip func(rule, aspect, reason string), out *Package) *Site {
	p := b.p
	s := &Site{Func: f.key, Symbol: f.symbol(), Pos: placed(f.pos(), out.ModuleDir), Name: f.spanName(), Shape: Prologue}
	s.Entry, s.Ctx = f.entry()
	if !b.result(f, s, want) {
		return nil
	}
	refuse := func(w *wanted, reason, remedy string) {
		if w.demanded() {
			p.diags.add(w.pos, remedy, "%s: %s", f.key, reason)
		} else {
			skip(w.from, w.name, reason)
		}
	}
	noAttempt := f.noAttempt()
	for _, w := range want {
		def, builtin := aspects.Lookup(w.name)
		if !builtin {
			def = adviceDefinition(w.name)
		}
		if reason, remedy := f.refuses(def, s, w); reason != "" {
			refuse(w, reason, remedy)
			continue
		}
		if def.Attempt && s.Entry != EntryHTTP && noAttempt != "" && w.name != "breaker" {
			refuse(w, fmt.Sprintf("%s cannot be woven: %s", w.name, noAttempt), "remove it, or move the body to a function of its own")
			continue
		}
		if err := p.usableOptions(f.pkg, w); err != nil {
			refuse(w, fmt.Sprintf("%s cannot be woven: %v", w.name, err), "move what it names to a package that the woven one can import")
			continue
		}
		if deps := p.graph.dependencyPath(cachePath, f.pkg.listed.PkgPath); w.name == "cache" && deps != nil {
			refuse(w, "cache must not be in a package that the cache depends on: "+strings.Join(deps, " imports "), "remove it")
			continue
		}
		b.add(f, s, w, def, refuse)
	}
	if len(s.Aspects) == 0 {
		return nil
	}
	b.shape(f, s, noAttempt)
	return s
}

// shape decides how the body is woven, when all aspects are known.
func (b *planner) shape(f *function, s *Site, noAttempt string) {
	has := func(names ...string) bool {
		return slices.ContainsFunc(s.Aspects, func(a Aspect) bool { return slices.Contains(names, a.Name) })
	}
	s.Around = slices.ContainsFunc(s.Aspects, func(a Aspect) bool { return a.Advice != nil })
	s.Hedge, s.Retry = has("hedge"), has("retry")
	s.Start = has("timeout") && has("limit", "authz", "validate", "idempotent", "cache")
	if s.Around || s.Hedge {
		s.Numbered = b.p.files.typesNumber(f.pkg.listed.Dir)
	}
	switch {
	case s.Around || has("idempotent", "cache", "fallback", "hedge", "retry"):
		s.Shape = Attempt
	case has("breaker") && (s.Entry == EntryHTTP || noAttempt != ""):
		s.Allow = true
		if s.Entry != EntryHTTP {
			s.Notes = append(s.Notes, "prologue shape: "+noAttempt)
		}
	case has("breaker"):
		s.Shape = Attempt
	case has("bulkhead"):
		s.Allow = true
	}
}

// adviceDefinition is what custom advice needs of a function.
func adviceDefinition(name string) *aspects.Definition {
	return &aspects.Definition{
		Name: "custom advice " + name, Attempt: true,
		Needs: aspects.Needs{
			Error:  "the advice returns one",
			NoHTTP: "it has no error to return; wrap the handler with net/http middleware",
		},
	}
}

// add adds an aspect that fits the function, unless one of its options does not.
func (b *planner) add(f *function, s *Site, w *wanted, def *aspects.Definition, refuse func(w *wanted, reason, remedy string)) {
	a := Aspect{Name: w.name, From: w.from, Advice: w.advice}
	if w.advice == nil {
		a.Options = w.effective(def)
	}
	step, ok := f.step(w, def, refuse)
	if !ok {
		return
	}
	if step != nil {
		s.Steps = append(s.Steps, *step)
	}
	for _, v := range w.options["attr"] {
		attr, err := f.attribute(v.text)
		if err != nil {
			refuse(w.at(v), fmt.Sprintf("attribute %s: %v", v.text, err), "name a parameter, or fields that start at one, as in attr=req.ID")
			continue
		}
		s.Attrs = append(s.Attrs, attr)
	}
	if len(w.options["attr"]) > 0 && shadowsNil(f) && slices.ContainsFunc(s.Attrs, func(a Attr) bool { return len(a.Guards) > 0 }) {
		refuse(w, "attributes need the predeclared nil, which a parameter must not hide", "rename the parameter")
	}
	if slices.Contains(shares, w.name) && w.has("name") {
		b.shared(w, a, b.p.graph.moduleDir(f.pkg.listed))
	}
	for _, stack := range w.stacks {
		if !slices.Contains(s.Stacks, stack) {
			s.Stacks = append(s.Stacks, stack)
		}
	}
	s.Aspects = append(s.Aspects, a)
}

// at returns the same aspect, to be blamed at one of its options.
func (w *wanted) at(v value) *wanted {
	c := *w
	if v.pos.IsValid() {
		c.pos = v.pos
	}
	return &c
}

func (p *Program) usableOptions(pkg *checked, w *wanted) error {
	if err := p.usable(pkg, w.advice); err != nil {
		return err
	}
	for _, values := range w.options {
		for _, v := range values {
			if err := p.usable(pkg, v.ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// result finds the result that tells failure: the one that the options name, else the last of type error, else the last
// that implements it.
func (b *planner) result(f *function, s *Site, want []*wanted) bool {
	s.Err = -1
	results := f.obj.Signature().Results()
	named := ""
	for _, w := range want {
		for _, v := range w.options["err"] {
			if named != "" && named != v.text {
				b.p.diags.add(v.pos, "give all of them the same", "aspects of %s must agree on err: %s or %s", f.key, named, v.text)
				return false
			}
			named = v.text
			s.Err = resultIndex(results, v.text)
			if s.Err < 0 || !implementsError(results.At(s.Err).Type()) {
				b.p.diags.add(v.pos, "give its name, or its index from 0", "err must be a result of %s that is an error, not %q", f.key, v.text)
				return false
			}
		}
	}
	for _, fits := range []func(types.Type) bool{isError, implementsError} {
		for i := results.Len() - 1; i >= 0 && s.Err < 0; i-- {
			if fits(results.At(i).Type()) {
				s.Err = i
			}
		}
	}
	switch {
	case s.Err < 0:
		s.ErrAs = ErrNone
	case isError(results.At(s.Err).Type()):
		s.ErrAs = ErrError
	default:
		s.ErrAs = ErrConcrete
	}
	return true
}

func resultIndex(results *types.Tuple, text string) int {
	if i, err := strconv.Atoi(text); err == nil && i >= 0 && i < results.Len() {
		return i
	}
	for i := range results.Len() {
		if results.At(i).Name() == text {
			return i
		}
	}
	return -1
}

func implementsError(t types.Type) bool {
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// attribute resolves a field path that starts at a parameter or the receiver.
func (f *function) attribute(path string) (Attr, error) {
	parts := strings.Split(path, ".")
	var t types.Type
	sig := f.obj.Signature()
	if recv := sig.Recv(); recv != nil && recv.Name() == parts[0] {
		t = recv.Type()
	}
	for v := range sig.Params().Variables() {
		if v.Name() == parts[0] {
			t = v.Type()
		}
	}
	if t == nil || parts[0] == "_" {
		return Attr{}, fmt.Errorf("%s has no parameter called %s", f.key, parts[0])
	}
	a := Attr{Key: path, Expr: parts[0]}
	for _, name := range parts[1:] {
		obj, index, _ := types.LookupFieldOrMethod(t, true, f.obj.Pkg(), name)
		field, ok := obj.(*types.Var)
		if !ok {
			if !token.IsIdentifier(name) {
				return Attr{}, fmt.Errorf("%q is no name of a field", name)
			}
			return Attr{}, fmt.Errorf("%s has no field %s", a.Expr, name)
		}
		// Embedded fields are written out, because each embedded pointer on the way needs a guard.
		for _, i := range index {
			if ptr, ok := t.Underlying().(*types.Pointer); ok {
				a.Guards = append(a.Guards, a.Expr)
				t = ptr.Elem()
			}
			step := t.Underlying().(*types.Struct).Field(i)
			a.Expr += "." + step.Name()
			t = step.Type()
		}
		t = field.Type()
	}
	switch t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return Attr{}, fmt.Errorf("%s has a type that cannot be recorded, %s", path, t)
	}
	return a, nil
}

func shadowsNil(f *function) bool {
	found := false
	ast.Inspect(f.decl.Type, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok {
			for _, id := range field.Names {
				found = found || id.Name == "nil"
			}
		}
		return true
	})
	return found || f.decl.Recv != nil && len(f.decl.Recv.List[0].Names) > 0 && f.decl.Recv.List[0].Names[0].Name == "nil"
}
