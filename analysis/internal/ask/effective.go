package ask

import (
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// This file answers what only all options of an aspect together can: which values are in force, and
// which of them do not fit together.

// Effective returns the options with the definition's defaults filled in, in the definition's
// order.
func (w *Want) Effective(d *aspects.Definition) []plan.Option {
	var list []plan.Option
	given := w.texts()
	for i := range d.Options {
		o := &d.Options[i]
		if o.Kind == aspects.Path || o.Kind == aspects.Result {
			continue // resolved against the function: Site.Attrs and Site.Err
		}
		values := w.Options[o.Name]
		if text := option.Default(o.Spec, given); len(values) == 0 && text != "" {
			values = []Value{{Text: text}}
		}
		for _, v := range values {
			list = append(list, plan.Option{Name: o.Name, Value: v.Text, Ref: v.Ref, Results: signature.JudgesResults(v.Fn)})
		}
	}
	return list
}

// Has reports whether an option is given.
func (w *Want) Has(option string) bool { return len(w.Options[option]) > 0 }

// Text returns the first value of an option, "" for none.
func (w *Want) Text(option string) string {
	if w.Has(option) {
		return w.Options[option][0].Text
	}
	return ""
}

// texts returns the first value of each option that is given.
func (w *Want) texts() map[string]string {
	m := map[string]string{}
	for name := range w.Options {
		m[name] = w.Text(name)
	}
	return m
}

// conflicts reports options that do not fit together. While options of another rule or directive
// may still be added, only those that are given are judged; once all are known, defaults are judged
// too. Of two durations that are given, the second one is reported.
func conflicts(p *source.Program, w *Want, whole bool) {
	for _, m := range option.Fits(w.Name, w.texts(), nil, whole) {
		at := m.Option
		if m.Value && w.Has(m.Other) {
			at = m.Other
		}
		p.Findings.Add(w.Options[at][0].Pos, m.Hint, "%s", m.Message)
	}
}

// Duration reads an option that is a duration. Its value was accepted before, so there is no error
// to report.
func Duration(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}
