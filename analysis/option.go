package analysis

import (
	"fmt"
	"go/token"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/aspects"
)

// wanted is one aspect that a directive or a rule asks for, with the options it gives.
type wanted struct {
	name    string
	from    string         // "directive" or the rule's name
	pos     token.Position // of the directive, or of the rule's part
	strict  bool           // asked for on this very function: what cannot be done is an error, not a skip
	options map[string][]value
	advice  *Ref // for custom advice
	flawed  bool // an option was refused, so that its lack says nothing
}

// value is one option's value.
type value struct {
	text string // canonical, in the directive's form
	ref  *Ref
	pos  token.Position
}

// parseValue checks text against an option's kind and bounds, and returns it in canonical form, or an error that says what is allowed.
func parseValue(o *aspects.Option, text string) (string, error) {
	switch o.Kind {
	case aspects.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return "", fmt.Errorf("must be a duration such as 50ms or 2s, not %q", text)
		}
		return canonicalDuration(d), inBounds(o, d, time.ParseDuration)
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
		return "", fmt.Errorf("must be %s, not %q", orList(o.OneOf), text)
	}
	if text == "" {
		return "", fmt.Errorf("must not be empty")
	}
	return text, nil
}

// orList writes "a, b or c".
func orList(list []string) string {
	if last := len(list) - 1; last > 0 {
		return strings.Join(list[:last], ", ") + " or " + list[last]
	}
	return strings.Join(list, "")
}

// canonicalDuration is d.String() without trailing zero units: "1m" for "1m0s".
func canonicalDuration(d time.Duration) string {
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

// effective returns the options with the definition's defaults filled in, in the definition's order.
func (w *wanted) effective(d *aspects.Definition) []Option {
	var list []Option
	rated := d.Name == "breaker" && len(w.options["rate"]) > 0
	for i := range d.Options {
		o := &d.Options[i]
		if o.Kind == aspects.Path || o.Kind == aspects.Result {
			continue // resolved against the function: Site.Attrs and Site.Err
		}
		values := w.options[o.Name]
		// A breaker judges by rate over a window or by consecutive failures, never both.
		idle := d.Name == "breaker" && (o.Name == "failures" && rated || o.Name == "window" && !rated)
		if len(values) == 0 && o.Default != "" && !idle {
			values = []value{{text: o.Default}}
		}
		for _, v := range values {
			list = append(list, Option{Name: o.Name, Value: v.text, Ref: v.ref})
		}
	}
	return list
}

// conflicts reports options that do not fit together. What may still be joined by another rule's or directive's options is
// judged by what it has; the whole, by its defaults too.
func (p *Program) conflicts(w *wanted, whole bool) {
	has := func(name string) bool { return len(w.options[name]) > 0 }
	at := func(name string) token.Position { return w.options[name][0].pos }
	switch {
	case w.name == "breaker" && has("rate") && has("failures"):
		p.diags.add(at("failures"), "remove one", "a breaker must have rate or failures, not both")
	case w.name == "breaker" && has("window") && !has("rate") && whole:
		p.diags.add(at("window"), "add a rate, as in rate=0.5", "a breaker's window must come with a rate")
	case w.name == "retry" && has("initial") && (has("max") || whole):
		def, _ := aspects.Lookup("retry")
		o, _ := def.Option("max")
		longest, pos := o.Default, at("initial")
		if has("max") {
			longest, pos = w.options["max"][0].text, at("max")
		}
		limit, _ := time.ParseDuration(longest)
		if initial, _ := time.ParseDuration(w.options["initial"][0].text); initial > limit {
			p.diags.add(pos, "raise max, or lower initial", "retry's max must be at least its initial pause of %s, not %s", w.options["initial"][0].text, longest)
		}
	}
}
