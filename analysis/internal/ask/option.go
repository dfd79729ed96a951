package ask

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// Want is one aspect that a directive or a rule asks for, with the options it gives.
type Want struct {
	Name      string
	From      string         // "directive" or the rule's name
	Pos       token.Position // of the directive, or of the rule's part
	Strict    bool           // asked for on this very function: what cannot be done is an error, not a skip
	Options   map[string][]Value
	Advice    *plan.Ref // for custom advice
	Stacks    []string  // that it came from
	Generated bool      // its rule selects functions that generators write, too
	Preset    bool      // comes only from a preset: where it does not fit, it is left out
	flawed    bool      // an option was refused, so a missing option is not reported as well
}

// Demanded reports whether it is an error, rather than a skip, if a function cannot have the
// aspect. A function that a rule wants guarded must not silently stay unguarded.
func (w *Want) Demanded() bool { return w.Strict || w.Name == option.Authz && w.From != "directive" }

// Value is one option's value.
type Value struct {
	Text string // canonical, in the directive's form
	Ref  *plan.Ref
	Fn   *types.Func // what an option names that names a function; of kind Call in a rule file only
	File *ast.File   // of a function that a directive names: the name is looked up there
	Pos  token.Position
}

// parseValue checks text against an option's kind and bounds, and returns it in canonical form, or
// an error that says what is allowed.
func parseValue(o *aspects.Option, text string) (string, error) {
	v, err := option.Parse(o.Spec, text)
	return option.Format(v), err
}

// set records an option's value. A second value for an option that does not repeat is an error, and
// so is the same value twice.
func (w *Want) set(o *aspects.Option, v Value) error {
	if len(w.Options[o.Name]) > 0 && !o.Kind.Repeats() {
		return fmt.Errorf("option %s of %s must be given once", o.Name, w.Name)
	}
	if slices.ContainsFunc(w.Options[o.Name], func(have Value) bool { return have.Text == v.Text }) {
		return fmt.Errorf("option %s of %s must name %s once", o.Name, w.Name, v.Text)
	}
	if w.Options == nil {
		w.Options = map[string][]Value{}
	}
	w.Options[o.Name] = append(w.Options[o.Name], v)
	return nil
}

// At returns the same aspect with the position of one of its options, so that a finding points
// there.
func (w *Want) At(v Value) *Want {
	c := *w
	if v.Pos.IsValid() {
		c.Pos = v.Pos
	}
	return &c
}
