package scaffold

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// otelDirective is what main gets.
const otelDirective = "//instrument:otel"

// mains puts the directive on each program that links an edge and does not set up OpenTelemetry
// itself.
func (w *writer) mains() error {
	var given, kept []string
	var items []item
	exits := false
	for _, m := range w.survey.Mains {
		name := "otel " + w.rel(m.Path)
		switch {
		case m.Otel || slices.Contains(w.wrote, name) || w.edges(m) == 0:
			continue
		case m.SetUp != "":
			kept = append(kept, fmt.Sprintf("%s sets up OpenTelemetry itself (%s)", w.rel(m.Path), m.SetUp))
			continue
		case m.Generated:
			kept = append(kept, fmt.Sprintf("%s has a generated func main, and gets no directive", w.rel(m.Path)))
			continue
		}
		before, err := w.module.Read(m.File)
		if err != nil {
			return err
		}
		after, err := direct(m, before)
		if err != nil {
			return err
		}
		w.proposal.Files = append(w.proposal.Files, File{m.File, before, after})
		w.need(plan.TelemetryPath)
		items = append(items, item{name: name})
		exits = exits || m.Exits
		given = append(given, w.rel(m.Path))
	}
	if len(items) > 0 && !exits {
		items[0].imports = []string{fmt.Sprintf("_ %q // what %s needs", plan.TelemetryPath, otelDirective)}
	}
	w.items = append(w.items, items...)
	if exits {
		w.exits()
	}
	if len(given) > 0 {
		w.say("otel", "%s on main of %s", otelDirective, strings.Join(given, ", "))
	}
	if len(kept) > 0 {
		w.say("no otel", "%s", strings.Join(kept, "; "))
	}
	return nil
}

// exits includes, after the packs, the one without which a program that ends by os.Exit exports
// nothing of what is left.
func (w *writer) exits() {
	name := path.Base(plan.TelemetryPath)
	if slices.Contains(w.wrote, name) || slices.ContainsFunc(w.survey.Rules, includes(plan.TelemetryPath)) {
		return
	}
	after := 0
	for after < len(w.items) && slices.ContainsFunc(Packs, func(p Pack) bool { return p.Name() == w.items[after].name }) {
		after++
	}
	w.items = slices.Insert(w.items, after, item{
		name:    name,
		imports: []string{strconv.Quote(plan.TelemetryPath)},
		lines:   []string{fmt.Sprintf("aspects.Include(%s.Rules), // os.Exit exports what is left", name)},
	})
}

// isDirective matches a comment that tools read. It stands at the end of a documentation comment.
var isDirective = regexp.MustCompile(`^//[a-z0-9]+:[a-z0-9]`)

// direct inserts the directive above func main, below its documentation.
func direct(m analysis.SurveyedMain, src []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, m.File, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	newline := "\n"
	if bytes.Contains(src, []byte("\r\n")) {
		newline = "\r\n"
	}
	text := otelDirective + newline
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || fset.PositionFor(f.Pos(), false).Offset != m.Offset || f.Doc == nil {
			continue
		}
		last := f.Doc.List[len(f.Doc.List)-1].Text
		if strings.HasPrefix(last, "//") && !isDirective.MatchString(last) {
			text = "//" + newline + text
		}
	}
	return slices.Concat(src[:m.Offset], []byte(text), src[m.Offset:]), nil
}
