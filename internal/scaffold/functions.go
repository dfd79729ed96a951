package scaffold

import (
	"bytes"
	"fmt"
	"go/token"
	"slices"

	"github.com/instrumentgo/instrument/analysis"
)

// functions writes a rule for each edge: the preset server for handlers, client for what asks other
// services, a span and a measurement for what may fail. A module with rules of its own knows better
// what its functions need, and gets none.
func (w *writer) functions() {
	if w.ruled() {
		return
	}
	by := map[analysis.SurveyedFunc]bool{}
	var handlers, streams, services, asks, orders, lasts []analysis.SurveyedFunc
	for _, f := range w.survey.Funcs {
		selectable := !f.Shared && !f.Directed && !by[named(f)]
		switch {
		case f.Does == analysis.Handles && f.Streams && selectable:
			streams = append(streams, f)
			handlers = append(handlers, f)
		case f.Does == analysis.Handles:
			handlers = append(handlers, f)
		case f.Does == analysis.Asks && selectable:
			asks = append(asks, f)
		case f.Does == analysis.Orders && selectable:
			orders = append(orders, f)
		case f.Does == analysis.Lasts && selectable && token.IsExported(f.Name):
			lasts = append(lasts, f)
		}
		if f.Context && token.IsExported(f.Name) && f.Does != analysis.Handles && f.Does != analysis.Lasts {
			services = append(services, f)
		}
		by[named(f)] = true
	}
	w.handlers(handlers, streams)
	w.clients(asks, orders)
	w.services(services, lasts)
}

// packsOnly is what the comment of a rule file names where functions were left to the user's rules.
const packsOnly = "packs only"

// ruled reports whether the module had rules of the user's when init first ran.
func (w *writer) ruled() bool {
	return w.record == nil && len(w.survey.Rules) > 0 || slices.Contains(w.wrote, packsOnly)
}

// named is a function as a selector knows it, or the literals in one.
func named(f analysis.SurveyedFunc) analysis.SurveyedFunc {
	return analysis.SurveyedFunc{Package: f.Package, Name: f.Name, Literal: f.Literal}
}

func selector(f analysis.SurveyedFunc) string {
	if f.Literal { // no other selector reaches it
		return fmt.Sprintf("aspects.HTTPHandlers().In(%q).Named(%q)", f.Package, f.Name)
	}
	return fmt.Sprintf("aspects.All().In(%q).Named(%q)", f.Package, f.Name)
}

// handlers writes the rule for handlers. Those that stream get the preset without its deadline.
func (w *writer) handlers(all, streams []analysis.SurveyedFunc) {
	if len(all) == 0 {
		w.frameworkHandlers()
		return
	}
	if slices.Contains(w.wrote, handlersItem) {
		newStreams(w, streams)
		return
	}
	selected := "aspects.HTTPHandlers()" + w.inModule()
	it := item{name: handlersItem}
	if len(streams) == 0 {
		it.lines = []string{"// Handlers of net/http.", fmt.Sprintf("aspects.Rule(%s, %s, aspects.Use(\"server\")),", w.rule("handlers"), selected)}
		if w.add(it) {
			w.say("handlers", "%d: preset server", len(all))
		}
		return
	}
	var list []string
	for _, f := range streams {
		list = append(list, "\t\t"+selector(f)+",")
	}
	it.lines = append(it.lines, "// Handlers of net/http, and those that stream, which have no deadline.")
	if len(streams) < len(all) {
		it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.Both(%s, aspects.Not(aspects.Any(", w.rule("handlers"), selected))
		it.lines = append(it.lines, list...)
		it.lines = append(it.lines, "))), aspects.Use(\"server\")),")
	}
	it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.Both(%s, aspects.Any(", w.rule("handlers that stream"), selected))
	it.lines = append(it.lines, list...)
	it.lines = append(it.lines, ")), aspects.Recover(), aspects.Trace(), aspects.Metrics(), aspects.Log(aspects.LogLevel(slog.LevelDebug))),")
	it.imports = []string{`"log/slog"`}
	if w.add(it) {
		w.say("handlers", "%d: preset server; %s: without its deadline", len(all), count(len(streams), "streams", "stream"))
	}
	for _, f := range streams {
		w.add(item{name: streamItem + w.function(f)})
	}
}

// What the comment of a rule file names the rule for handlers, and each that streams.
const (
	handlersItem = "handlers"
	streamItem   = "stream "
)

// newStreams takes handlers that stream, and that the rule for handlers does not know, out of it: it
// is the user's by now, and may have a deadline.
func newStreams(w *writer, streams []analysis.SurveyedFunc) {
	added := 0
	for _, f := range streams {
		if bytes.Contains(w.record.Data, []byte(selector(f))) {
			continue
		}
		it := item{name: streamItem + w.function(f), lines: []string{
			fmt.Sprintf("aspects.Exclude(\"streams, so that a deadline of the rule for handlers would end it\", %s),", selector(f)),
		}}
		if w.add(it) {
			added++
		}
	}
	if added > 0 {
		w.say("excluded", "%s, which a deadline of the rule for handlers would end", count(added, "streams", "stream"))
	}
}

// frameworkHandlers writes the rule where handlers are a framework's, whose pack says what they
// are.
func (w *writer) frameworkHandlers() {
	for _, p := range Packs {
		if !p.Handlers || !slices.Contains(namesOf(w.items), p.Name()) {
			continue
		}
		if w.add(item{name: "handlers", lines: []string{
			"// Handlers, as the packs describe them.",
			fmt.Sprintf("aspects.Rule(%s, aspects.HTTPHandlers()%s, aspects.Use(\"server\"), aspects.Optional()),", w.rule("handlers"), w.inModule()),
		}}) {
			w.say("handlers", "those of %s: preset server", p.For)
		}
		return
	}
}

// clients writes a rule for each client, so that its policies can be changed alone.
func (w *writer) clients(asks, orders []analysis.SurveyedFunc) {
	write := func(list []analysis.SurveyedFunc, comment, parts string) (added int) {
		for _, f := range list {
			name := "client " + w.function(f)
			it := item{name: name, lines: []string{fmt.Sprintf("aspects.Rule(%s, %s, %s),", w.rule(name), selector(f), parts)}}
			if added == 0 {
				it.lines = append([]string{comment}, it.lines...)
			}
			if w.add(it) {
				added++
			}
		}
		return added
	}
	const preset = `aspects.Use("client"), aspects.Trace(aspects.SpanKind("internal"))`
	again := write(asks, "// Clients of other services. The client's span is that of the request, which httphooks records.", preset)
	once := write(orders, "// Clients of which a second call may make something more: no retry.", preset+", aspects.Retry(aspects.Attempts(1))")
	switch {
	case once > 0:
		w.say("clients", "%d: preset client; %s: no retry", again+once, count(once, "may make something", "may make something"))
	case again > 0:
		w.say("clients", "%d: preset client", again)
	}
}

// services writes the rule for functions that may fail, less those that last.
func (w *writer) services(all, lasts []analysis.SurveyedFunc) {
	if len(all) == 0 {
		return
	}
	selected := "aspects.All()" + w.inModule() + `.Named("[A-Z]*").WithContext().ReturningError()`
	added := w.add(item{name: "services", lines: []string{
		"// What takes a context and returns an error, by exported names.",
		fmt.Sprintf("aspects.Rule(%s, %s, aspects.Trace(), aspects.Metrics()),", w.rule("services"), selected),
	}})
	excluded := 0
	for _, f := range lasts {
		it := item{name: "lasting " + w.function(f), lines: []string{fmt.Sprintf("aspects.Exclude(\"runs as long as the program\", %s),", selector(f))}}
		if w.add(it) {
			excluded++
		}
	}
	if added {
		w.say("services", "%d exported with a context and an error: trace, metrics", len(all))
	}
	if excluded > 0 {
		w.say("excluded", "%s as long as the program", count(excluded, "runs", "run"))
	}
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
