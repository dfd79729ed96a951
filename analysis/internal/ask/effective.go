package ask

import (
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// What only an aspect's options together say: the values in force, and which of them do not fit together.

// Effective returns the options with the definition's defaults filled in, in the definition's order.
func (w *Want) Effective(d *aspects.Definition) []plan.Option {
	var list []plan.Option
	for i := range d.Options {
		o := &d.Options[i]
		if o.Kind == aspects.Path || o.Kind == aspects.Result {
			continue // resolved against the function: Site.Attrs and Site.Err
		}
		values := w.Options[o.Name]
		if text := w.byDefault(o); len(values) == 0 && text != "" {
			values = []Value{{Text: text}}
		}
		for _, v := range values {
			list = append(list, plan.Option{Name: o.Name, Value: v.Text, Ref: v.Ref})
		}
	}
	return list
}

// byDefault returns the value of an option that is not given, "" for none.
func (w *Want) byDefault(o *aspects.Option) string {
	switch w.Name + " " + o.Name {
	case "limit burst":
		n, _, _ := aspects.ParsePerTime(w.Text("rate"))
		return strconv.Itoa(n)
	// A breaker judges by a rate over a window or by consecutive failures, never both.
	case "breaker failures":
		if w.Has("rate") || w.Has("slow") {
			return ""
		}
	case "breaker window":
		if !w.Has("rate") && !w.Has("slow") {
			return ""
		}
	case "breaker min":
		if !w.timed() {
			return ""
		}
	case "breaker slowrate":
		if !w.Has("slow") {
			return ""
		}
	}
	return o.Default
}

// timed reports whether a breaker's window is a time.
func (w *Want) timed() bool { return w.Has("window") && isTime(w.Text("window")) }

func (w *Want) Has(option string) bool { return len(w.Options[option]) > 0 }

// Text returns the first value of an option, "" for none.
func (w *Want) Text(option string) string {
	if w.Has(option) {
		return w.Options[option][0].Text
	}
	return ""
}

// Conflicts reports options that do not fit together. What may still be joined by another rule's or directive's options is
// judged by what it has; the whole, by its defaults too.
func Conflicts(p *source.Program, w *Want, whole bool) {
	switch w.Name {
	case "breaker":
		breakerConflicts(p, w, whole)
	case "retry":
		retryConflicts(p, w, whole)
	case "idempotent":
		atMost(p, w, "lease", "ttl", "a claim must not outlive the results", whole)
	}
}

// refuse reports an option that does not fit the others.
func refuse(p *source.Program, w *Want, option, hint, format string, args ...any) {
	p.Findings.Add(w.Options[option][0].Pos, hint, format, args...)
}

func breakerConflicts(p *source.Program, w *Want, whole bool) {
	judged := w.Has("rate") || w.Has("slow")
	switch {
	case w.Has("rate") && w.Has("failures"):
		refuse(p, w, "failures", "remove one", "a breaker must have rate or failures, not both")
	case w.Has("window") && !judged && whole:
		refuse(p, w, "window", "add a rate, as in rate=0.5, or a time, as in slow=2s", "a breaker's window must come with rate or slow, which are judged on it")
	case w.Has("min") && (w.Has("window") || whole) && !w.timed():
		refuse(p, w, "min", "give a time, as in window=30s, or remove it", "a breaker's min must come with a window of time: one of calls is judged when it is full")
	case w.Has("slowrate") && !w.Has("slow") && whole:
		refuse(p, w, "slowrate", "add a time, as in slow=2s", "a breaker's slowrate must come with slow, which says what slow is")
	}
}

func retryConflicts(p *source.Program, w *Want, whole bool) {
	if w.Has("initial") && (w.Has("max") || whole) {
		longest, at := w.orDefault("max"), "initial"
		if w.Has("max") {
			at = "max"
		}
		if Duration(w.Text("initial")) > Duration(longest) {
			refuse(p, w, at, "raise max, or lower initial", "retry's max must be at least its initial pause of %s, not %s", w.Text("initial"), longest)
		}
	}
	if w.Has("elapsed") && (w.Has("initial") || whole) && Duration(w.orDefault("initial")) > Duration(w.Text("elapsed")) {
		refuse(p, w, "elapsed", "raise elapsed, or lower initial", "retry's elapsed must be at least its initial pause of %s, not %s: no second attempt would start", w.orDefault("initial"), w.Text("elapsed"))
	}
}

// atMost reports an option that is longer than another.
func atMost(p *source.Program, w *Want, shorter, longer, why string, whole bool) {
	at := shorter
	if !w.Has(shorter) {
		at = longer
	}
	if !w.Has(at) || !whole && !(w.Has(shorter) && w.Has(longer)) {
		return
	}
	if Duration(w.orDefault(shorter)) > Duration(w.orDefault(longer)) {
		refuse(p, w, at, "change one", "%s's %s must be at most its %s of %s, not %s: %s", w.Name, shorter, longer, w.orDefault(longer), w.orDefault(shorter), why)
	}
}

// orDefault returns the value of an option, or its default.
func (w *Want) orDefault(option string) string {
	if w.Has(option) {
		return w.Text(option)
	}
	def, _ := aspects.Lookup(w.Name)
	o, _ := def.Option(option)
	return o.Default
}

func Duration(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}
