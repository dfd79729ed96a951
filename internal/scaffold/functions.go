package scaffold

import (
	"bytes"
	"fmt"
	"go/token"
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// functions writes a rule for each edge: the preset server for handlers, policies for requests and
// a deadline for what sends them, a span and a measurement for what may fail. A module with rules
// of its own knows better what its functions need, and gets none.
func (w *writer) functions() {
	if w.ruled() {
		return
	}
	by := map[analysis.SurveyedFunc]bool{}
	var handlers, streams, services, clients, lasts []analysis.SurveyedFunc
	for _, f := range w.survey.Funcs {
		selectable := !f.Shared && !f.Directed && !by[named(f)]
		switch {
		case f.Does == analysis.Handles && f.Streams && selectable:
			streams = append(streams, f)
			handlers = append(handlers, f)
		case f.Does == analysis.Handles:
			handlers = append(handlers, f)
		case (f.Does == analysis.Asks || f.Does == analysis.Orders) && selectable:
			clients = append(clients, f)
		case f.Does == analysis.Lasts && selectable && token.IsExported(f.Name):
			lasts = append(lasts, f)
		}
		if f.Context && token.IsExported(f.Name) && f.Does != analysis.Handles && f.Does != analysis.Lasts {
			services = append(services, f)
		}
		by[named(f)] = true
	}
	w.handlers(handlers, streams)
	requests(w)
	w.clients(clients)
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
	selected, p := "aspects.HTTPHandlers()"+w.inModule(), preset{w.survey.Recovers}
	it := item{name: handlersItem}
	if len(streams) == 0 {
		it.lines = p.comment("// Handlers of net/http.")
		it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, %s, %s),", w.rule("handlers"), selected, p.server(&it)))
		if w.add(it) {
			w.say("handlers", "%d: preset server%s", len(all), p.less())
		}
		return
	}
	var list []string
	for _, f := range streams {
		list = append(list, "\t\t"+selector(f)+",")
	}
	it.lines = p.comment("// Handlers of net/http, and those that stream, which have no deadline.")
	if len(streams) < len(all) {
		it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.Both(%s, aspects.Not(aspects.Any(", w.rule("handlers"), selected))
		it.lines = append(it.lines, list...)
		it.lines = append(it.lines, "))), "+p.server(&it)+"),")
	}
	it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.Both(%s, aspects.Any(", w.rule("handlers that stream"), selected))
	it.lines = append(it.lines, list...)
	it.lines = append(it.lines, ")), "+p.observed(&it)+"),")
	if w.add(it) {
		w.say("handlers", "%d: preset server%s; %s: without its deadline", len(all), p.less(), count(len(streams), "streams", "stream"))
	}
	for _, f := range streams {
		w.add(item{name: streamItem + w.function(f)})
	}
}

// preset is what handlers get, where recovers says who answers panics if the program does.
type preset struct{ recovers string }

// server is the preset of handlers, less recover where the program answers panics itself.
func (p preset) server(it *item) string {
	if p.recovers == "" {
		return `aspects.Use("server")`
	}
	it.imports = append(it.imports, `"time"`)
	return p.observed(it) + ", aspects.Timeout(30*time.Second)"
}

// observed is the preset of handlers without its deadline.
func (p preset) observed(it *item) string {
	it.imports = append(it.imports, `"log/slog"`)
	parts := "aspects.Trace(), aspects.Metrics(), aspects.Log(aspects.LogLevel(slog.LevelDebug))"
	if p.recovers == "" {
		return "aspects.Recover(), " + parts
	}
	return parts
}

// comment is the comment of the rule for handlers.
func (p preset) comment(text string) []string {
	if p.recovers == "" {
		return []string{text}
	}
	return []string{text + " Panics are answered by " + p.recovers + "."}
}

// less says what the preset is without.
func (p preset) less() string {
	if p.recovers == "" {
		return ""
	}
	return " without recover, for " + p.recovers + " answers panics"
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
	p := preset{w.survey.Recovers}
	for _, pack := range Packs {
		if !pack.Handlers || !slices.Contains(namesOf(w.items), pack.Name()) {
			continue
		}
		it := item{name: handlersItem, lines: p.comment("// Handlers, as the packs describe them.")}
		it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.HTTPHandlers()%s, %s, aspects.Optional()),", w.rule("handlers"), w.inModule(), p.server(&it)))
		if w.add(it) {
			w.say("handlers", "those of %s: preset server%s", pack.For, p.less())
		}
		return
	}
}

// policiesItem is what the comment of a rule file names the policies of requests.
const policiesItem = "policies"

// requests includes the policies of requests, which know from a request whether it may be sent
// again, and from its response whether to. A rule file with a retry around the functions has
// enough.
func requests(w *writer) {
	if !w.survey.Requests || w.record != nil && bytes.Contains(w.record.Data, []byte(`aspects.Use("client")`)) {
		return
	}
	if w.add(item{name: policiesItem, imports: []string{strconv.Quote(plan.HTTPPath)}, lines: []string{
		"// Requests: a retry of those that may be sent again, and a breaker for each host.",
		"aspects.Include(httphooks.Policies),",
	}}) {
		w.say("requests", "retry of what may be sent again, breaker")
	}
}

// clients writes a rule for each client, so that its deadline can be changed alone.
func (w *writer) clients(all []analysis.SurveyedFunc) {
	added := 0
	for _, f := range all {
		name := "client " + w.function(f)
		it := item{name: name, imports: []string{`"time"`}, lines: []string{fmt.Sprintf(
			`aspects.Rule(%s, %s, aspects.Trace(aspects.SpanKind("internal")), aspects.Metrics(), aspects.Timeout(10*time.Second)),`, w.rule(name), selector(f))}}
		if added == 0 {
			it.lines = append([]string{"// Clients of other services. httphooks has the client span of each request."}, it.lines...)
		}
		if w.add(it) {
			added++
		}
	}
	if added > 0 {
		w.say("clients", "%d: deadline, trace, metrics", added)
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
