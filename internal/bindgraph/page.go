package bindgraph

import (
	_ "embed"
	"html/template"
	"slices"
	"strings"
)

// page.html is the page's template. It includes everything, so that the file can be sent and opened
// anywhere.
//
//go:embed page.html
var pageText string

// HTML returns the graph as a page with the drawing and a table of all bindings.
func (g *Graph) HTML() (string, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{
		"Graph": g, "Drawing": template.HTML(g.drawing("")), "Style": template.CSS(svgColors + svgStyle), "Rows": g.rows(), "Counts": g.counts(),
	})
	return b.String(), err
}

// row is a binding in the table.
type row struct {
	Binding
	Cells []cell // for each environment
	Rows  []rowUse
	Types []string // each once, in the order of their uses
}

// cell is what an environment says about a binding.
type cell struct {
	Environment string
	Provider    *Provider // nil if there is no entry
}

// rowUse is a use with its service's name.
type rowUse struct {
	Use
	ServiceName string
}

func (g *Graph) rows() (rows []row) {
	for _, b := range g.Bindings {
		r := row{Binding: b}
		for _, e := range g.Environments {
			c := cell{Environment: e}
			for i := range b.Providers {
				if b.Providers[i].Environment == e {
					c.Provider = &b.Providers[i]
				}
			}
			r.Cells = append(r.Cells, c)
		}
		for _, u := range b.Uses {
			r.Rows = append(r.Rows, rowUse{u, g.nameOf(u.Service)})
			if text := strings.Join(u.Types, " → "); text != "" && !slices.Contains(r.Types, text) {
				r.Types = append(r.Types, text)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// counts says how much there is: "2 services, 5 bindings".
func (g *Graph) counts() string {
	return plural(len(g.Services), "service") + ", " + plural(len(g.Bindings), "binding")
}
