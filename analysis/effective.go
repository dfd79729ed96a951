package analysis

import (
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/aspects"
)

// What only an aspect's options together say: the values in force, and which of them do not fit together.

// effective returns the options with the definition's defaults filled in, in the definition's order.
func (w *wanted) effective(d *aspects.Definition) []Option {
	var list []Option
	for i := range d.Options {
		o := &d.Options[i]
		if o.Kind == aspects.Path || o.Kind == aspects.Result {
			continue // resolved against the function: Site.Attrs and Site.Err
		}
		values := w.options[o.Name]
		if text := w.byDefault(o); len(values) == 0 && text != "" {
			values = []value{{text: text}}
		}
		for _, v := range values {
			list = append(list, Option{Name: o.Name, Value: v.text, Ref: v.ref})
		}
	}
	return list
}

// byDefault returns the value of an option that is not given, "" for none.
func (w *wanted) byDefault(o *aspects.Option) string {
	switch w.name + " " + o.Name {
	case "limit burst":
		n, _, _ := aspects.ParsePerTime(w.text("rate"))
		return strconv.Itoa(n)
	// A breaker judges by a rate over a window or by consecutive failures, never both.
	case "breaker failures":
		if w.has("rate") || w.has("slow") {
			return ""
		}
	case "breaker window":
		if !w.has("rate") && !w.has("slow") {
			return ""
		}
	case "breaker min":
		if !w.timed() {
			return ""
		}
	case "breaker slowrate":
		if !w.has("slow") {
			return ""
		}
	}
	return o.Default
}

// timed reports whether a breaker's window is a time.
func (w *wanted) timed() bool { return w.has("window") && isTime(w.text("window")) }

func (w *wanted) has(option string) bool { return len(w.options[option]) > 0 }

// text returns the first value of an option, "" for none.
func (w *wanted) text(option string) string {
	if w.has(option) {
		return w.options[option][0].text
	}
	return ""
}

// conflicts reports options that do not fit together. What may still be joined by another rule's or directive's options is
// judged by what it has; the whole, by its defaults too.
func (p *Program) conflicts(w *wanted, whole bool) {
	switch w.name {
	case "breaker":
		p.breakerConflicts(w, whole)
	case "retry":
		p.retryConflicts(w, whole)
	case "idempotent":
		p.atMost(w, "lease", "ttl", "a claim must not outlive the results", whole)
	}
}

// refuse reports an option that does not fit the others.
func (p *Program) refuse(w *wanted, option, hint, format string, args ...any) {
	p.diags.add(w.options[option][0].pos, hint, format, args...)
}

func (p *Program) breakerConflicts(w *wanted, whole bool) {
	judged := w.has("rate") || w.has("slow")
	switch {
	case w.has("rate") && w.has("failures"):
		p.refuse(w, "failures", "remove one", "a breaker must have rate or failures, not both")
	case w.has("window") && !judged && whole:
		p.refuse(w, "window", "add a rate, as in rate=0.5, or a time, as in slow=2s", "a breaker's window must come with rate or slow, which are judged on it")
	case w.has("min") && (w.has("window") || whole) && !w.timed():
		p.refuse(w, "min", "give a time, as in window=30s, or remove it", "a breaker's min must come with a window of time: one of calls is judged when it is full")
	case w.has("slowrate") && !w.has("slow") && whole:
		p.refuse(w, "slowrate", "add a time, as in slow=2s", "a breaker's slowrate must come with slow, which says what slow is")
	}
}

func (p *Program) retryConflicts(w *wanted, whole bool) {
	if w.has("initial") && (w.has("max") || whole) {
		longest, at := w.orDefault("max"), "initial"
		if w.has("max") {
			at = "max"
		}
		if duration(w.text("initial")) > duration(longest) {
			p.refuse(w, at, "raise max, or lower initial", "retry's max must be at least its initial pause of %s, not %s", w.text("initial"), longest)
		}
	}
	if w.has("elapsed") && (w.has("initial") || whole) && duration(w.orDefault("initial")) > duration(w.text("elapsed")) {
		p.refuse(w, "elapsed", "raise elapsed, or lower initial", "retry's elapsed must be at least its initial pause of %s, not %s: no second attempt would start", w.orDefault("initial"), w.text("elapsed"))
	}
}

// atMost reports an option that is longer than another.
func (p *Program) atMost(w *wanted, shorter, longer, why string, whole bool) {
	at := shorter
	if !w.has(shorter) {
		at = longer
	}
	if !w.has(at) || !whole && !(w.has(shorter) && w.has(longer)) {
		return
	}
	if duration(w.orDefault(shorter)) > duration(w.orDefault(longer)) {
		p.refuse(w, at, "change one", "%s's %s must be at most its %s of %s, not %s: %s", w.name, shorter, longer, w.orDefault(longer), w.orDefault(shorter), why)
	}
}

// orDefault returns the value of an option, or its default.
func (w *wanted) orDefault(option string) string {
	if w.has(option) {
		return w.text(option)
	}
	def, _ := aspects.Lookup(w.name)
	o, _ := def.Option(option)
	return o.Default
}

func duration(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}
