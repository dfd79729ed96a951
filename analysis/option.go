package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// wanted is one aspect that a directive or a rule asks for, with the options it gives.
type wanted struct {
	name    string
	from    string         // "directive" or the rule's name
	pos     token.Position // of the directive, or of the rule's part
	strict  bool           // asked for on this very function: what cannot be done is an error, not a skip
	options map[string][]value
	advice  *Ref     // for custom advice
	stacks  []string // that it came from
	preset  bool     // comes from a preset alone: where it does not fit, it is left out
	flawed  bool     // an option was refused, so that its lack says nothing
}

// demanded reports whether it is an error, not a skip, where a function cannot have the aspect. A
// function that a rule wants guarded must not stay unguarded without a word.
func (w *wanted) demanded() bool { return w.strict || w.name == option.Authz && w.from != "directive" }

// value is one option's value.
type value struct {
	text string // canonical, in the directive's form
	ref  *Ref
	fn   *types.Func // of an option of kind Call, in a rule file
	file *ast.File   // of the same in a directive, where its name is looked up
	pos  token.Position
}

// parseValue checks text against an option's kind and bounds, and returns it in canonical form, or
// an error that says what is allowed.
func parseValue(o *aspects.Option, text string) (string, error) {
	v, err := option.Parse(o.Spec, text)
	return option.Format(v), err
}

// orList writes "a, b or c".
func orList(list []string) string { return option.Or(list) }

// canonicalDuration writes a duration as options do: "1m" for "1m0s".
func canonicalDuration(d time.Duration) string { return option.FormatDuration(d) }

// set records an option's value. A second value for an option that does not repeat is an error, and
// so is the same again.
func (w *wanted) set(o *aspects.Option, v value) error {
	if len(w.options[o.Name]) > 0 && !o.Kind.Repeats() {
		return fmt.Errorf("option %s of %s must be given once", o.Name, w.name)
	}
	if slices.ContainsFunc(w.options[o.Name], func(have value) bool { return have.text == v.text }) {
		return fmt.Errorf("option %s of %s must name %s once", o.Name, w.name, v.text)
	}
	if w.options == nil {
		w.options = map[string][]value{}
	}
	w.options[o.Name] = append(w.options[o.Name], v)
	return nil
}
