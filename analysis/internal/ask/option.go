package ask

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// Want is one aspect that a directive or a rule asks for, with the options it gives.
type Want struct {
	Name    string
	From    string         // "directive" or the rule's name
	Pos     token.Position // of the directive, or of the rule's part
	Strict  bool           // asked for on this very function: what cannot be done is an error, not a skip
	Options map[string][]Value
	Advice  *plan.Ref // for custom advice
	Stacks  []string  // that it came from
	Preset  bool      // comes from a preset alone: where it does not fit, it is left out
	flawed  bool      // an option was refused, so that its lack says nothing
}

// Demanded reports whether it is an error, not a skip, where a function cannot have the aspect. A function that a rule wants
// guarded must not stay unguarded without a word.
func (w *Want) Demanded() bool { return w.Strict || w.Name == "authz" && w.From != "directive" }

// Value is one option's value.
type Value struct {
	Text string // canonical, in the directive's form
	Ref  *plan.Ref
	Fn   *types.Func // of an option of kind Call, in a rule file
	File *ast.File   // of the same in a directive, where its name is looked up
	Pos  token.Position
}

// parseValue checks text against an option's kind and bounds, and returns it in canonical form, or an error that says what is allowed.
func parseValue(o *aspects.Option, text string) (string, error) {
	switch o.Kind {
	case aspects.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return "", fmt.Errorf("must be a duration such as 50ms or 2s, not %q", text)
		}
		return CanonicalDuration(d), inBounds(o, d, time.ParseDuration)
	case aspects.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", fmt.Errorf("must be a whole number, not %q", text)
		}
		return strconv.Itoa(n), inBounds(o, n, strconv.Atoi)
	case aspects.Float:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f {
			return "", fmt.Errorf("must be a number, not %q", text)
		}
		parse := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
		return strconv.FormatFloat(f, 'g', -1, 64), inBounds(o, f, parse)
	case aspects.PerTime:
		n, per, err := aspects.ParsePerTime(text)
		if err != nil {
			return "", err
		}
		return perTime(n, per), nil
	case aspects.Size:
		return parseSize(o, text)
	case aspects.Bool:
		if text != "true" && text != "false" {
			return "", fmt.Errorf("must be true or false, not %q", text)
		}
	case aspects.Level:
		var l slog.Level
		if l.UnmarshalText([]byte(text)) != nil {
			return "", fmt.Errorf("must be debug, info, warn or error, not %q", text)
		}
		return strings.ToLower(l.String()), nil
	}
	if len(o.OneOf) > 0 && !slices.Contains(o.OneOf, text) {
		return "", fmt.Errorf("must be %s, not %q", finding.Or(o.OneOf), text)
	}
	if text == "" {
		return "", fmt.Errorf("must not be empty")
	}
	return text, nil
}

// parseSize reads a number of calls, which has bounds, or a time.
func parseSize(o *aspects.Option, text string) (string, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return strconv.Itoa(n), inBounds(o, n, strconv.Atoi)
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("must be a number of calls such as 20, or a time such as 30s, not %q", text)
	case d <= 0:
		return "", fmt.Errorf("must be more than 0s, not %s", text)
	}
	return CanonicalDuration(d), nil
}

// isTime reports whether a window is a time.
func isTime(size string) bool {
	_, err := strconv.Atoi(size)
	return err != nil
}

// perTime is the canonical form of a number per time.
func perTime(n int, per time.Duration) string {
	unit, ok := map[time.Duration]string{time.Second: "s", time.Minute: "m", time.Hour: "h"}[per]
	if !ok {
		unit = CanonicalDuration(per)
	}
	return strconv.Itoa(n) + "/" + unit
}

// CanonicalDuration is d.String() without trailing zero units: "1m" for "1m0s".
func CanonicalDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func inBounds[T int | float64 | time.Duration](o *aspects.Option, v T, parse func(string) (T, error)) error {
	low, open := strings.CutPrefix(o.Min, ">")
	lowest, noLow := parse(low)
	highest, noHigh := parse(o.Max)
	if (noLow != nil || v > lowest || v == lowest && !open) && (noHigh != nil || v <= highest) {
		return nil
	}
	var allowed []string
	if noLow == nil && open {
		allowed = append(allowed, "more than "+low)
	} else if noLow == nil {
		allowed = append(allowed, "at least "+low)
	}
	if noHigh == nil {
		allowed = append(allowed, "at most "+o.Max)
	}
	return fmt.Errorf("must be %s, not %v", strings.Join(allowed, " and "), v)
}

// set records an option's value. A second value for an option that does not repeat is an error, and so is the same again.
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

// At returns the same aspect, to be blamed at one of its options.
func (w *Want) At(v Value) *Want {
	c := *w
	if v.Pos.IsValid() {
		c.Pos = v.Pos
	}
	return &c
}
