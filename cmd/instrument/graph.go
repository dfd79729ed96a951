package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/bindgraph"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// graphFormats are the formats of graph; the first is the default.
var graphFormats = []string{"mermaid", "dot", "json", "svg", "html"}

// graphVerb is "instrument graph": it draws the services of the modules, their bindings, and what
// connects them.
func graphVerb(c *command) (int, error) {
	var format, names, out string
	p, patterns, err := planArgs(c, func(f *flag.FlagSet) {
		f.StringVar(&format, "format", graphFormats[0], "")
		f.StringVar(&names, "env", "", "")
		f.StringVar(&out, "o", "", "")
	})
	if err != nil {
		return failed, err
	}
	if !slices.Contains(graphFormats, format) {
		hint := cmp.Or(suggest.DidYouMean(format, graphFormats), "there are "+strings.Join(graphFormats, ", "))
		return failed, usageError{fmt.Errorf("flag -format must be a format, not %q (%s)", format, hint)}
	}
	environments, err := p.environments(c, names)
	if err != nil {
		return failed, err
	}
	code := fine
	if p.report(c.stderr) {
		code = findings
	}
	var read []bindings.Environment
	for _, e := range environments {
		for _, problem := range e.Problems { // the entries that could be read are drawn
			fmt.Fprintln(c.stderr, problem.Error())
			code = findings
		}
		read = append(read, e.Environment)
	}
	packages, err := p.matching(c, patterns)
	if err != nil && code == findings { // the go command cannot list packages with findings
		return code, nil
	} else if err != nil {
		return failed, err
	}
	text, err := drawn(bindgraph.Of(packages, read...), format)
	if err != nil {
		return failed, err
	}
	if out == "" {
		_, err = c.stdout.Write(text)
		return code, err
	}
	if !filepath.IsAbs(out) {
		out = filepath.Join(p.dir, out)
	}
	return code, os.WriteFile(out, text, 0o666)
}

// drawn returns the graph in a format.
func drawn(g *bindgraph.Graph, format string) ([]byte, error) {
	switch format {
	case "dot":
		return []byte(g.DOT()), nil
	case "json":
		return g.JSON()
	case "svg":
		return []byte(g.SVG()), nil
	case "html":
		page, err := g.HTML()
		return []byte(page), err
	}
	return []byte(g.Mermaid()), nil
}
