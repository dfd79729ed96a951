package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// This file writes the statements of single aspects: those that may refuse or answer the call
// before the body, and those that use its results afterwards.

// before returns the statements between the attributes and the body, in the order of the steps:
// limit, authz, validate, idempotent and cache; then the breaker's key, and the beginning of the
// deadline.
func (f *statements) before() (string, error) {
	var b, keyed strings.Builder
	for i := range f.site.Steps {
		step := &f.site.Steps[i]
		var err error
		switch step.Aspect {
		case option.Limit:
			err = f.limit(&b, step)
		case option.Authz:
			err = f.ask(&b, f.call+".Authorize", step)
		case option.Validate:
			err = f.ask(&b, f.call+".Validate", step)
		case option.Idempotent:
			err = f.claim(&b, step)
		case option.Cache:
			err = f.cached(&b, step)
		case option.Breaker:
			if len(step.Keys) == 0 {
				continue
			}
			var key string
			key, err = f.limitKey(&keyed, step)
			fmt.Fprintf(&keyed, "\t%s.Keyed(%s)\n", f.call, key)
		}
		if err != nil {
			return "", err
		}
	}
	b.WriteString(keyed.String())
	return b.String() + f.start(), nil
}

// start returns the statement that begins the deadline, after the statements that may refuse the
// call.
func (f *statements) start() string {
	if !f.site.Start {
		return ""
	}
	ctx := f.nameParam(f.site.Ctx)
	if f.site.Entry.Holds == plan.HoldsCopiedRequest {
		return fmt.Sprintf("\t%s = %s.Request(%s, %s.Start(%s.Context()))\n", ctx, f.call, ctx, f.call, f.call)
	}
	return fmt.Sprintf("\t%s = %s.Start(%s)\n", ctx, f.call, ctx)
}

// refusing returns the arguments of a method that may refuse the call. In a handler, there is no
// error to set.
func (f *statements) refusing(args ...string) (string, error) {
	if !f.site.Entry.Responds || f.site.Entry.Fails {
		if f.site.ErrAs != plan.ErrError {
			return "", fmt.Errorf("it must have a result of type error, by which a call is refused")
		}
		args = append([]string{"&" + f.nameResult(f.site.Err)}, args...)
	}
	return strings.Join(args, ", "), nil
}

func (f *statements) limit(b *strings.Builder, step *plan.Step) error {
	key, err := f.limitKey(b, step)
	if err != nil {
		return err
	}
	args, err := f.refusing(key)
	fmt.Fprintf(b, "\tif !%s.Limit(%s) {\n\t\treturn\n\t}\n", f.call, args)
	return err
}

// limitKey returns the key of a limit or breaker, which is empty if the step has none. A key that
// needs guards gets a variable, which stays empty if a pointer is nil.
func (f *statements) limitKey(b *strings.Builder, step *plan.Step) (string, error) {
	if len(step.Keys) == 0 {
		return f.call + ".Key()", nil
	}
	key, guards, err := f.key(step)
	if err != nil || guards == "" {
		return key, err
	}
	variable := f.names.Fresh("key", "callKey")
	fmt.Fprintf(b, "\t%s := %s.Key()\n\tif %s {\n\t\t%s = %s\n\t}\n", variable, f.call, guards, variable, key)
	return variable, nil
}

// ask writes the statement that asks a function of the user's.
func (f *statements) ask(b *strings.Builder, method string, step *plan.Step) error {
	context := ""
	if f.site.Entry.Holds == plan.HoldsKeptContext {
		context = f.call + ".Context()" // only the body gets the caller's
	}
	text, err := f.callee(step.Func, context, "")
	if err != nil {
		return err
	}
	args, err := f.refusing(text)
	fmt.Fprintf(b, "\tif !%s(%s) {\n\t\treturn\n\t}\n", method, args)
	return err
}

func (f *statements) claim(b *strings.Builder, step *plan.Step) error {
	if step.Store == nil {
		return fmt.Errorf("its step idempotent must have a store")
	}
	key, guards, err := f.claimKey(step)
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
	fmt.Fprintf(b, "\tif %s!%s.Claim(%s) {\n\t\treturn\n\t}\n", guards, f.call, args)
	return err
}

// cached writes the statement that answers from the cache. Its results are asserted to be of the
// types that the signature spells; a nil one of an interface type stays nil.
func (f *statements) cached(b *strings.Builder, step *plan.Step) error {
	key, guards, err := f.key(step)
	if err != nil {
		return err
	}
	args, err := f.refusing(key)
	if err != nil {
		return err
	}
	values, ok := "_", f.names.Fresh("ok", "hit")
	if len(f.results) > 1 {
		values = f.names.Fresh("v", "values")
	}
	indent := "\t"
	if guards != "" {
		fmt.Fprintf(b, "\tif %s {\n", guards)
		indent += "\t"
	}
	fmt.Fprintf(b, "%sif %s, %s := %s.Cached(%s); %s {\n", indent, values, ok, f.call, args, ok)
	n := 0
	for i, v := range f.results {
		if i != f.site.Err {
			fmt.Fprintf(b, "%s\t%s, _ = %s[%d].(%s)\n", indent, v.name, values, n, f.typeOf(v))
			n++
		}
	}
	if f.step(option.Idempotent) != nil {
		fmt.Fprintf(b, "%s\t%s.Settle(%s)\n", indent, f.call, f.settled())
	}
	fmt.Fprintf(b, "%s\treturn\n%s}\n", indent, indent)
	if guards != "" {
		b.WriteString("\t}\n")
	}
	return nil
}

// after returns the statements between the loop and the return.
func (f *statements) after() (string, error) {
	var b strings.Builder
	failure := f.results[f.site.Err].name
	if step := f.step(option.Fallback); step != nil {
		context := ""
		switch f.site.Entry.Holds {
		case plan.HoldsContext, plan.HoldsKeptContext:
			context = f.call + ".Outer()" // the deadline in the parameter may have passed
		}
		text, err := f.callee(step.Func, context, failure)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\tif %s.Fallback(&%s) {\n\t\t%s = %s\n\t}\n", f.call, failure, f.resultList(), text)
	}
	if f.step(option.Cache) != nil {
		fmt.Fprintf(&b, "\t%s.Keep(%s)\n", f.call, f.kept())
	}
	if f.step(option.Idempotent) != nil {
		fmt.Fprintf(&b, "\t%s.Settle(%s)\n", f.call, f.settled())
	}
	return b.String(), nil
}

// kept returns the address of the error and the other results, as they are kept.
func (f *statements) kept() string {
	return strings.Join(append([]string{"&" + f.results[f.site.Err].name}, f.plainResults()...), ", ")
}

// settled returns the addresses of the error and of the other results, which are stored, or become
// those of the call that has succeeded in this one's place.
func (f *statements) settled() string {
	list := []string{"&" + f.results[f.site.Err].name}
	for _, name := range f.plainResults() {
		list = append(list, "&"+name)
	}
	return strings.Join(list, ", ")
}

// step returns the step of an aspect, or nil.
func (f *statements) step(aspect string) *plan.Step {
	i := slices.IndexFunc(f.site.Steps, func(s plan.Step) bool { return s.Aspect == aspect })
	if i < 0 {
		return nil
	}
	return &f.site.Steps[i]
}
