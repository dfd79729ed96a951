package bindgraph

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// SVG returns the graph as a drawing of its own.
func (g *Graph) SVG() string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + g.drawing("<style>"+svgColors+svgStyle+"</style>\n")
}

// svgColors holds colors for light and dark surroundings. People who see no red or no green can
// distinguish those of the kinds, and the kind is also written.
const svgColors = `
svg.bindings { --back: #ffffff; --box: #fafaf8; --edge: #c9c9c1; --text: #1c1d1f; --muted: #5c6068; --line: #858a92;
  --package: #1f4fa3; --topic: #b35c00; --interface: #6a3fb0; --store: #2f7d5b; --other: #6b7078; }
@media (prefers-color-scheme: dark) { svg.bindings { --back: #131417; --box: #1e2025; --edge: #454952; --text: #e5e6e8; --muted: #a0a5ae; --line: #858b95;
  --package: #93b7f5; --topic: #f0ab5b; --interface: #b69cf0; --store: #79c9a4; --other: #a0a5ae; } }
`

const svgStyle = `svg.bindings { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
svg.bindings .back { fill: var(--back); }
svg.bindings .box { fill: var(--box); stroke: var(--edge); }
svg.bindings .name { fill: var(--text); font-size: 13px; font-weight: 600; }
svg.bindings .line { fill: var(--muted); font-size: 11px; }
svg.bindings .head { fill: var(--muted); font-size: 11px; font-weight: 600; }
svg.bindings .edge { fill: none; stroke: var(--line); stroke-width: 1.25; }
svg.bindings .offers { stroke-dasharray: 4 4; }
svg.bindings marker path { fill: var(--line); }
svg.bindings .bar { fill: var(--other); }
svg.bindings .package .bar { fill: var(--package); }
svg.bindings .topic .bar { fill: var(--topic); }
svg.bindings .interface .bar { fill: var(--interface); }
svg.bindings .kv .bar, svg.bindings .blob .bar, svg.bindings .sql .bar { fill: var(--store); }
svg.bindings .node:hover .box { stroke: var(--muted); }
svg.bindings .edge:hover { stroke: var(--text); stroke-width: 2; }
`

// drawing returns the svg element.
func (g *Graph) drawing(style string) string {
	d := g.layout()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="bindings" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="bindings-title bindings-desc">`+"\n",
		d.width, d.height, d.width, d.height)
	fmt.Fprintf(&b, "<title id=\"bindings-title\">%s</title>\n<desc id=\"bindings-desc\">%s</desc>\n", "Services and their bindings",
		xmlText(g.description()))
	b.WriteString(style)
	b.WriteString(`<defs><marker id="bindings-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5L8 4L0 7.5z"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect class="back" width="%.0f" height="%.0f"/>`+"\n", d.width, d.height)
	d.heads(&b)
	for _, l := range d.links {
		l.draw(&b, g)
	}
	for _, layer := range d.layers {
		for _, box := range layer {
			box.draw(&b)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// heads writes the title of each layer above it.
func (d *drawing) heads(b *strings.Builder) {
	for i, text := range [3]string{"Services", "Topics and interfaces", "Stores"} {
		layer := d.layers[i]
		shown := false
		for _, box := range layer {
			shown = shown || box.node != nil
		}
		if shown {
			fmt.Fprintf(b, `<text class="head" x="%.1f" y="%.1f">%s</text>`+"\n", layer[0].x, margin+10, text)
		}
	}
}

// draw writes a node.
func (box *box) draw(b *strings.Builder) {
	n := box.node
	if n == nil {
		return
	}
	fmt.Fprintf(b, `<g class="node %s"><title>%s</title><rect class="box" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4"/>`,
		n.kind, xmlText(n.title), box.x, box.y, box.w, box.h)
	fmt.Fprintf(b, `<rect class="bar" x="%.1f" y="%.1f" width="%.0f" height="%.1f" rx="2"/>`, box.x, box.y, barWidth, box.h)
	x, y := box.x+barWidth+padX, box.y+padY+nameSize
	fmt.Fprintf(b, `<text class="name" x="%.1f" y="%.1f">%s</text>`, x, y, xmlText(n.name))
	for i, line := range n.lines {
		fmt.Fprintf(b, `<text class="line" x="%.1f" y="%.1f">%s</text>`, x, y+2+lineHeight*float64(i+1)-1, xmlText(line))
	}
	b.WriteString("</g>\n")
}

// draw writes a line. A line that leads to a slot continues from the slot's other side.
func (l *link) draw(b *strings.Builder, g *Graph) {
	x1, x2 := l.from.x+l.from.w, l.to.x
	bend := (x2 - x1) / 2
	path := fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, l.fromY, x1+bend, l.fromY, x2-bend, l.toY, x2, l.toY)
	if l.to.node == nil {
		path += fmt.Sprintf("H%.1f", l.to.x+l.to.w)
	}
	arrows := ""
	if l.arrowL {
		arrows += ` marker-start="url(#bindings-arrow)"`
	}
	if l.arrowR {
		arrows += ` marker-end="url(#bindings-arrow)"`
	}
	fmt.Fprintf(b, `<path class="edge %s" d="%s"%s><title>%s</title></path>`+"\n", l.edge.Does, path, arrows, xmlText(g.sentence(*l.edge)))
}

// sentence describes an edge: "orders publishes placed".
func (g *Graph) sentence(e Edge) string {
	text := g.nameOf(e.From) + " " + e.Does + " " + g.nameOf(e.To)
	switch e.Does {
	case "delivers":
		text = g.nameOf(e.From) + " delivers to " + g.nameOf(e.To)
		if e.Label != "" {
			text += " as " + e.Label
		}
	case "calls":
		return text + " as " + e.Label
	}
	return text
}

// nameOf returns the name of a node.
func (g *Graph) nameOf(id string) string {
	for _, s := range g.Services {
		if s.ID == id {
			return s.Name
		}
	}
	for _, i := range g.Interfaces {
		if i.ID == id {
			return i.Name
		}
	}
	_, name, _ := strings.Cut(id, ":")
	return name
}

// description describes the whole graph in words, for people who cannot see it.
func (g *Graph) description() string {
	var lines []string
	for _, e := range g.Edges {
		lines = append(lines, g.sentence(e))
	}
	if len(lines) == 0 {
		return "No service has bindings."
	}
	return strings.Join(lines, "; ") + "."
}

// xmlText escapes a text for content and attributes.
func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder never fails
	return b.String()
}
