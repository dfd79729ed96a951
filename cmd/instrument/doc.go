package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// columns is how wide the text of doc is, so that it fits a terminal or a mail.
const columns = 100

// docVerb is "instrument doc": it prints aspects, their options and the presets, from the same
// definitions that parse them.
func docVerb(c *command) (int, error) {
	if len(c.args) > 1 {
		return failed, usageError{fmt.Errorf("it takes one aspect or preset")}
	}
	w := &page{}
	switch {
	case len(c.args) == 0:
		w.overview()
	case slices.Contains([]string{"-h", "-help", "--help"}, c.args[0]):
		return failed, flag.ErrHelp
	default:
		if err := w.about(c.args[0]); err != nil {
			return failed, usageError{err}
		}
	}
	_, err := io.WriteString(c.stdout, w.String())
	return fine, err
}

// page is text of at most columns columns. Examples are source, and keep their width.
type page struct{ strings.Builder }

// overview lists the aspects, presets and other directives, one line each.
func (w *page) overview() {
	w.text("", "Aspects, in the default order, outermost first:")
	w.line("")
	for _, d := range aspects.Builtin() {
		w.entry(d.Name, d.Title)
	}
	w.entry("…", "custom advice: functions of your own, given by aspects.Around in a rule file")
	w.line("")
	w.text("", "Presets, stacks that every module has:")
	w.line("")
	for _, p := range aspects.Presets() {
		w.entry(p.Name, p.Title)
	}
	w.line("")
	w.text("", "Directives that give no aspect of their own:")
	w.line("")
	for _, d := range otherDirectives {
		w.entry(d[0], d[1])
	}
	w.line("")
	w.text("", "A directive above a function gives it an aspect, //instrument:retry attempts=3, or a preset, //instrument:use server. A rule file gives them to many.")
	w.text("", `"instrument doc retry" prints all of retry, "instrument doc server" all of server.`)
}

// otherDirectives holds the directives that are not aspects, and what they do.
var otherDirectives = [...][2]string{
	{"use", "applies a stack: one that a rule file declares, or a preset"},
	{"off", "takes a function, type or file out, for the reason that follows"},
	{"mutating", "says that each call makes something, which must not be made twice: retry must say when it is safe, and hedge is refused; in a rule, aspects.Mutating()"},
	{"repeatable", "says the opposite, of a function whose name misleads: a second call makes nothing more; in a rule, aspects.Repeatable()"},
	{"decorate", "generates an implementation of an interface that wraps another one"},
	{"bind", "generates the function that fills a struct with bindings of a platform; on a field, says its name=, kind=, migrations= or tenants=true"},
	{"subscribe", "lets a method of such a struct handle the messages of a topic: topic=paid, and group=, concurrency=, deliveries=, lease=, from=now"},
	{"workflow", "makes a method of such a struct the body of a workflow, whose runs go on after a crash: the name of its binding"},
	{"step", "records the calls of a function where such a body makes them; compensate=F names what undoes it"},
	{"service", "generates the client and the HTTP handler of an interface; idempotent=A,B names the methods that may be called again"},
	{"debug", "on func main, serves the state page"},
	{"otel", "on func main, installs OpenTelemetry's providers as OTEL_* say, and exports what is left when main returns"},
}

func (w *page) entry(name, title string) {
	w.hanging(fmt.Sprintf("  %-12s", name), title)
}

// about prints everything about one aspect or preset.
func (w *page) about(name string) error {
	if d, ok := aspects.Lookup(name); ok {
		w.aspect(d)
		return nil
	}
	presets := aspects.Presets()
	if i := slices.IndexFunc(presets, func(p aspects.Preset) bool { return p.Name == name }); i >= 0 {
		w.preset(&presets[i])
		return nil
	}
	names := aspects.DefaultOrder()
	for _, p := range presets {
		names = append(names, p.Name)
	}
	for i := range directivePages {
		if d := &directivePages[i]; d.name == name {
			w.directive(d)
			return nil
		}
		names = append(names, directivePages[i].name)
	}
	hint := cmp.Or(suggest.DidYouMean(name, names), "there are "+strings.Join(names, ", "))
	return fmt.Errorf("argument must be an aspect or a preset, not %q (%s)", name, hint)
}

// plainly marks nothing, because a terminal shows names as they are.
func plainly(name string) string { return name }

func (w *page) aspect(d *aspects.Definition) {
	w.text("", d.Name+": "+d.Title)
	w.line("")
	w.text("    ", written(d))
	w.text("    ", constructed(d))
	w.line("")
	w.text("", d.Doc)
	if needs := d.NeedsText(plainly); needs != "" {
		w.line("")
		w.text("", needs)
	}
	if len(d.Options) > 0 {
		w.line("")
		w.text("", "Options, as a directive writes them, and what sets each in a rule file:")
	}
	for i := range d.Options {
		w.line("")
		w.option(d, &d.Options[i])
	}
	if d.Example != "" {
		w.line("")
		w.text("", "Example:")
		w.line("")
		for line := range strings.Lines(d.Example) {
			w.line(strings.TrimRight("    "+line, " \n"))
		}
	}
}

// written shows the aspect as a directive, with the options that must be given.
func written(d *aspects.Definition) string {
	text := "//instrument:" + d.Name
	for i := range d.Options {
		o := &d.Options[i]
		switch {
		case !o.Need:
		case o.Value:
			text += " " + o.Like
		default:
			text += " " + o.Name + "=" + o.Like
		}
	}
	if !slices.ContainsFunc(d.Options, func(o aspects.Option) bool { return !o.Need }) {
		return text
	}
	return text + " [option=value]..."
}

// constructed shows the aspect as a rule file writes it.
func constructed(d *aspects.Definition) string {
	var args []string
	for i := range d.Options {
		if o := &d.Options[i]; o.Own {
			args = append(args, o.Name)
		}
	}
	if slices.ContainsFunc(d.Options, func(o aspects.Option) bool { return o.Rule != "" && !o.Own }) {
		args = append(args, "options...")
	}
	return "aspects." + d.Rule + "(" + strings.Join(args, ", ") + ")"
}

func (w *page) option(d *aspects.Definition, o *aspects.Option) {
	facts := []string{valueOf(o)}
	switch {
	case o.Need:
		facts = append(facts, "must be given")
	case o.Default != "":
		facts = append(facts, "by default "+o.Default)
	}
	if o.Value {
		facts = append(facts, "may stand first without its name")
	}
	switch {
	case o.Rule != "":
		facts = append(facts, "aspects."+o.Rule)
	case o.Own:
		facts = append(facts, "the argument of aspects."+d.Rule)
	}
	w.hanging(fmt.Sprintf("  %-12s", o.Name+"="), strings.Join(facts, "; "))
	w.text(strings.Repeat(" ", 14), o.Doc)
	if o.Why != "" {
		w.text(strings.Repeat(" ", 14), "Why: "+o.Why)
	}
}

// kinds describes each kind of value.
var kinds = map[aspects.Kind]string{
	aspects.Duration: "duration",
	aspects.Int:      "whole number",
	aspects.Float:    "number",
	aspects.Bool:     "true or false",
	aspects.String:   "text",
	aspects.Level:    "debug, info, warn or error",
	aspects.PerTime:  "number per time, such as 100/s",
	aspects.Size:     "number of calls, such as 20, or time, such as 30s",
	aspects.Scheme:   "authentication scheme with its parameters",
	aspects.Func:     "function func(error) bool, or of all results",
	aspects.Closer:   "function func(T) of a result",
	aspects.Call:     "function that takes some of the parameters",
	aspects.Sentinel: "variable of type error, may be repeated",
	aspects.Path:     "parameter or field path, may be repeated",
	aspects.Key:      "expression over the parameters, may be repeated",
	aspects.Expr:     "expression over the parameters and the package's variables",
	aspects.Result:   "result, by name or index",
}

// valueOf describes what an option's value may be.
func valueOf(o *aspects.Option) string {
	if len(o.OneOf) > 0 {
		return strings.Join(o.OneOf, ", ")
	}
	text := cmp.Or(kinds[o.Kind], string(o.Kind))
	if least, open := strings.CutPrefix(o.Min, ">"); open {
		text += ", more than " + least
	} else if o.Min != "" && o.Max != "" {
		return text + ", " + o.Min + " to " + o.Max
	} else if o.Min != "" {
		text += ", at least " + o.Min
	}
	if o.Max != "" {
		text += ", at most " + o.Max
	}
	return text
}

func (w *page) preset(p *aspects.Preset) {
	w.text("", p.Name+": "+p.Title)
	w.line("")
	w.text("    ", "//instrument:use "+p.Name)
	w.text("    ", fmt.Sprintf("aspects.Use(%q)", p.Name))
	w.line("")
	w.text("", p.Doc)
	w.line("")
	w.text("", "Aspects:")
	for _, part := range p.Parts {
		w.line("")
		w.text("  ", strings.Join(append([]string{part.Aspect}, part.Options...), " "))
		w.text("      ", part.Why)
	}
}

func (w *page) line(text string) { w.WriteString(text + "\n") }

// text writes a paragraph, with each line indented.
func (w *page) text(indent, text string) { w.wrap(indent, indent, text) }

// hanging writes a paragraph behind a label.
func (w *page) hanging(label, text string) {
	if !strings.HasSuffix(label, " ") {
		label += " "
	}
	w.wrap(label, strings.Repeat(" ", utf8.RuneCountInString(label)), text)
}

// wrap writes words in lines of at most columns columns. A longer word has a line of its own.
func (w *page) wrap(first, indent, text string) {
	line, empty := first, true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			w.line(line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	w.line(line)
}
