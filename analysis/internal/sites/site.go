package sites

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/operand"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// site resolves a function's aspects, in order, into a site. An aspect that does not fit is a
// finding if a directive on the function asks for it; if a rule does, skip records it. site returns
// nil if no aspect is left.
func (b *packagePlanner) site(f *source.Func, want []*ask.Want, skip func(rule, aspect, reason string)) *plan.Site {
	p, s := b.program, b.bare(f)
	s.Entry, s.Ctx = signature.Entry(f.Obj.Signature(), f.Decl.Body)
	if e, declared, ctx := b.rules.Entries.Of(f); e != nil {
		s.Entry, s.Declared, s.Ctx = e, declared, ctx
	}
	if s.Started = f.Started; f.Started && s.Entry.Holds != plan.HoldsContext { // no server calls it
		s.Entry, s.Declared, s.Ctx = plan.EntryNone, nil, -1
		if i := signature.ContextIndex(f.Obj.Signature()); i >= 0 {
			s.Entry, s.Ctx = plan.EntryContext, i
		}
	}
	if !b.result(f, s, want) {
		return nil
	}
	refuse := func(w *ask.Want, reason, remedy string) {
		if w.Demanded() {
			p.Findings.Add(w.Pos, remedy, "%s: %s", f.Key, reason)
		} else {
			skip(w.From, w.Name, reason)
		}
	}
	noAttempt := sync.OnceValue(func() string { return noAttempt(f, b.Frames) })
	var why string // policies do not understand the response
	s.Exchange, why = exchange(b.rules.Exchanges, f, s, noAttempt)
	kept := keptContext(f, s)
	for _, w := range want {
		def, builtin := aspects.Lookup(w.Name)
		if !builtin {
			def = adviceDefinition(w.Name)
		}
		if reason, remedy := refuses(f, def, s, w, why); reason != "" {
			refuse(w, reason, remedy)
			continue
		}
		if def.Attempt && !s.Entry.Responds && (w.Name != option.Breaker || judges(w)) && noAttempt() != "" {
			refuse(w, fmt.Sprintf("%s cannot be woven: %s", w.Name, noAttempt()), "remove it, or move the body to a function of its own")
			continue
		}
		if err := usableOptions(f, w); err != nil {
			refuse(w, fmt.Sprintf("%s cannot be woven: %v", w.Name, err), "move what it names to a package that the woven one can import")
			continue
		}
		if reason := refusesKept(kept, w); reason != "" {
			refuse(w, reason, "remove it, or put it on a function that calls this one")
			continue
		}
		if reason := b.asksItself(f, w); reason != "" {
			refuse(w, reason, "name what does not, or exclude the function")
			continue
		}
		if deps := p.Graph.PathBetween(plan.CachePath, f.Pkg.Listed.PkgPath); w.Name == option.Cache && deps != nil {
			refuse(w, "cache must not be in a package that the cache depends on: "+strings.Join(deps, " imports "), "remove it")
			continue
		}
		b.add(f, s, w, def, refuse)
	}
	if len(s.Aspects) == 0 {
		return nil
	}
	if _, guarded := s.Aspect(option.Breaker); guarded && why != "" {
		s.Notes = append(s.Notes, "breaker looks at the error alone: "+why)
	}
	keep(kept, s)
	b.shape(f, s, noAttempt)
	return s
}

func (b *packagePlanner) bare(f *source.Func) *plan.Site { return Bare(f, b.out.ModuleDir) }

// Bare returns a site that says which function it is of.
func Bare(f *source.Func, moduleDir string) *plan.Site {
	s := &plan.Site{Func: f.Key, Symbol: f.Symbol(), Pos: plan.PositionIn(f.Pos(), moduleDir), Name: f.SpanName(), Shape: plan.Prologue}
	if l := f.Literal; l != nil {
		s.Literal, s.GoName = &l.Literal, l.GoName
	}
	if spelt := plan.FuncKey(f.Decl); f.Decl.Recv != nil && spelt != f.Key {
		s.Spelt = spelt // an alias of the receiver's type, which no generated function has
	}
	return s
}

// shape decides how the body is woven, when all aspects are known.
func (b *packagePlanner) shape(f *source.Func, s *plan.Site, noAttempt func() string) {
	has := func(names ...string) bool {
		return slices.ContainsFunc(s.Aspects, func(a plan.Aspect) bool { return slices.Contains(names, a.Name) })
	}
	s.Around = slices.ContainsFunc(s.Aspects, func(a plan.Aspect) bool { return a.Advice != nil })
	s.Hedge, s.Retry = has(option.Hedge), has(option.Retry)
	if !s.Hedge || s.Exchange != nil {
		s.Made = nil // it was refused, or is given back otherwise
	}
	if s.Exchange != nil && has(judging...) {
		b.hold(s.Exchange, f.Pkg.Listed.PkgPath, b.names)
	} else {
		s.Exchange = nil
	}
	s.Start = has(option.Timeout) && has(option.Limit, option.Authz, option.Validate, option.Idempotent, option.Cache)
	if s.SpellsCall() || s.SpellsContext() {
		s.Numbered = b.names.Types()
	}
	switch {
	case s.Exchange != nil || s.Around || has(option.Idempotent, option.Cache, option.Fallback, option.Hedge, option.Retry):
		s.Shape = plan.Attempt
	case has(option.Breaker) && (s.Entry.Responds || noAttempt() != ""):
		s.Allow = true
		if !s.Entry.Responds {
			s.Notes = append(s.Notes, "prologue shape: "+noAttempt())
		}
	case has(option.Breaker):
		s.Shape = plan.Attempt
	case has(option.Bulkhead):
		s.Allow = true
	}
}

// adviceDefinition says what custom advice needs of a function.
func adviceDefinition(name string) *aspects.Definition {
	return &aspects.Definition{
		Name: "custom advice " + name, Attempt: true,
		Needs: aspects.Needs{
			Error:      "the advice returns one",
			NoResponse: "it has no error to return; wrap the handler with middleware",
		},
	}
}

// add adds an aspect that fits the function, unless one of its options does not.
func (b *packagePlanner) add(f *source.Func, s *plan.Site, w *ask.Want, def *aspects.Definition,
	refuse func(w *ask.Want, reason, remedy string)) {
	a := plan.Aspect{Name: w.Name, From: w.From, Advice: w.Advice}
	if w.Advice == nil {
		a.Options = w.Effective(def)
	}
	step, ok := step(f, w, def, refuse)
	if !ok {
		return
	}
	if note := sameByDefault(f, step); note != "" {
		s.Notes = append(s.Notes, note)
	}
	if def != nil {
		s.Notes = append(s.Notes, equalOnly(f, w, def)...)
	}
	if step != nil {
		if reason := b.closes(f, step); reason != "" {
			refuse(w, reason, "name what does not, or exclude the function")
			return
		}
		s.Steps = append(s.Steps, *step)
	}
	for _, v := range w.Options["attr"] {
		attr, err := operand.Attr(f, v.Text)
		if err != nil {
			refuse(w.At(v), fmt.Sprintf("attribute %s: %v", v.Text, err), "name a parameter, or fields that start at one, as in attr=req.ID")
			continue
		}
		s.Attrs = append(s.Attrs, attr)
	}
	if len(w.Options["attr"]) > 0 && operand.HidesNil(f) && slices.ContainsFunc(s.Attrs, func(a plan.Attr) bool { return len(a.Guards) > 0 }) {
		refuse(w, "attributes need the predeclared nil, which a parameter must not hide", "rename the parameter")
	}
	if slices.Contains(shares, w.Name) && w.Has("name") {
		b.shared(w, a, step, b.program.Graph.ModuleDir(f.Pkg.Listed))
	}
	for _, stack := range w.Stacks {
		if !slices.Contains(s.Stacks, stack) {
			s.Stacks = append(s.Stacks, stack)
		}
	}
	s.Aspects = append(s.Aspects, a)
}

func usableOptions(f *source.Func, w *ask.Want) error {
	for _, ref := range refs(w) {
		if err := operand.Usable(f, ref); err != nil {
			return err
		}
	}
	return nil
}

// refs returns what an aspect and its options name, in the order of the options' names: the first
// that does not fit is reported. Some are nil.
func refs(w *ask.Want) []*plan.Ref {
	list := []*plan.Ref{w.Advice}
	for _, name := range slices.Sorted(maps.Keys(w.Options)) {
		for _, v := range w.Options[name] {
			list = append(list, v.Ref)
		}
	}
	return list
}

// result finds the result that says whether the call failed: the one that the options name, else
// the last of type error, else the last that implements error.
func (b *packagePlanner) result(f *source.Func, s *plan.Site, want []*ask.Want) bool {
	s.Err = -1
	results := f.Obj.Signature().Results()
	named := ""
	for _, w := range want {
		for _, v := range w.Options["err"] {
			if named != "" && named != v.Text {
				b.program.Findings.Add(v.Pos, "give all of them the same", "aspects of %s must agree on err: %s or %s", f.Key, named, v.Text)
				return false
			}
			named = v.Text
			s.Err = resultIndex(results, v.Text)
			if s.Err < 0 || !signature.ImplementsError(results.At(s.Err).Type()) {
				b.program.Findings.Add(v.Pos, "give its name, or its index from 0", "err must be a result of %s that is an error, not %q", f.Key,
					v.Text)
				return false
			}
		}
	}
	for _, fits := range []func(types.Type) bool{signature.IsError, signature.ImplementsError} {
		for i := results.Len() - 1; i >= 0 && s.Err < 0; i-- {
			if fits(results.At(i).Type()) {
				s.Err = i
			}
		}
	}
	switch {
	case s.Err < 0:
		s.ErrAs = plan.ErrNone
	case signature.IsError(results.At(s.Err).Type()):
		s.ErrAs = plan.ErrError
	default:
		s.ErrAs = plan.ErrConcrete
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
