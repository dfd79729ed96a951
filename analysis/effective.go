package analysis

import (
	"time"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// What only an aspect's options together say: the values in force, and which of them do not fit
// together.

// effective returns the options with the definition's defaults filled in, in the definition's
// order.
func (w *wanted) effective(d *aspects.Definition) []Option {
	var list []Option
	given := w.texts()
	for i := range d.Options {
		o := &d.Options[i]
		if o.Kind == aspects.Path || o.Kind == aspects.Result {
			continue // resolved against the function: Site.Attrs and Site.Err
		}
		values := w.options[o.Name]
		if text := option.Default(o.Spec, given); len(values) == 0 && text != "" {
			values = []value{{text: text}}
		}
		for _, v := range values {
			list = append(list, Option{Name: o.Name, Value: v.text, Ref: v.ref})
		}
	}
	return list
}

func (w *wanted) has(option string) bool { return len(w.options[option]) > 0 }

// text returns the first value of an option, "" for none.
func (w *wanted) text(option string) string {
	if w.has(option) {
		return w.options[option][0].text
	}
	return ""
}

// texts returns the first value of each option that is given.
func (w *wanted) texts() map[string]string {
	m := map[string]string{}
	for name := range w.options {
		m[name] = w.text(name)
	}
	return m
}

// conflicts reports options that do not fit together. What may still be joined by another rule's or
// directive's options is judged by what it has; the whole, by its defaults too. Of two durations
// that are given, the second one is reported.
func (p *Program) conflicts(w *wanted, whole bool) {
	for _, m := range option.Fits(w.name, w.texts(), nil, whole) {
		at := m.Option
		if m.Value && w.has(m.Other) {
			at = m.Other
		}
		p.diags.add(w.options[at][0].pos, m.Hint, "%s", m.Message)
	}
}

func duration(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}
