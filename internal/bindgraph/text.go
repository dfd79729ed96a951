package bindgraph

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// JSON returns the graph as indented JSON.
func (g *Graph) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// Mermaid returns the graph as a Mermaid flowchart.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := g.words()
	for _, n := range g.nodes() {
		left, right := mermaidShape(n.kind)
		var lines []string
		for _, line := range append([]string{n.name}, n.lines...) {
			lines = append(lines, mermaidText(line))
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", ids[n.id], left, strings.Join(lines, "<br>"), right)
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.Does == "offers" {
			arrow = "-.-"
		}
		if label := e.label(); label != "" {
			arrow += `|"` + mermaidText(label) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", ids[e.From], arrow, ids[e.To])
	}
	return b.String()
}

// mermaidShape returns the brackets that enclose the label of a kind of node.
func mermaidShape(kind string) (left, right string) {
	switch kind {
	case "package":
		return "[", "]"
	case "topic":
		return "([", "])"
	case "interface", "service":
		return "[[", "]]"
	case "kv", "blob", "sql":
		return "[(", ")]"
	}
	return "(", ")"
}

// mermaidText escapes a text for a quoted label. Mermaid reads entities that begin with a number
// sign, and takes labels for HTML, and for Markdown between backquotes.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune("\"#&<>`\\", r):
			fmt.Fprintf(&b, "#%d;", r)
		case unicode.IsControl(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// words gives each node a readable ID of letters, digits and underscores.
func (g *Graph) words() map[string]string {
	ids, taken := map[string]string{}, map[string]bool{}
	for _, n := range g.nodes() {
		word := n.kind + "_" + strings.Map(func(r rune) rune {
			if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return r
			}
			return '_'
		}, n.name)
		free := word
		for i := 2; taken[free]; i++ {
			free = fmt.Sprintf("%s_%d", word, i)
		}
		taken[free], ids[n.id] = true, free
	}
	return ids
}

// DOT returns the graph in the language of Graphviz.
func (g *Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph bindings {\n\trankdir=LR\n\tnode [shape=box, fontname=\"sans-serif\", fontsize=11]\n\tedge [fontname=\"sans-serif\", fontsize=9]\n")
	layers := [3][]string{}
	for _, n := range g.nodes() {
		label := strings.Join(append([]string{n.name}, n.lines...), "\n")
		fmt.Fprintf(&b, "\t%s [label=%s, tooltip=%s%s]\n", dotText(n.id), dotText(label), dotText(n.title), dotShape(n.kind))
		layers[n.layer()] = append(layers[n.layer()], dotText(n.id))
	}
	for _, ids := range layers {
		if len(ids) > 0 {
			fmt.Fprintf(&b, "\t{ rank=same; %s }\n", strings.Join(ids, "; "))
		}
	}
	for _, e := range g.Edges {
		var with []string
		if label := e.label(); label != "" {
			with = append(with, "label="+dotText(label))
		}
		from, to := e.From, e.To
		switch e.Does {
		case "offers":
			with = append(with, "style=dashed", "arrowhead=none")
		case "delivers": // drawn from left to right all the same
			from, to = to, from
			with = append(with, "dir=back")
		}
		fmt.Fprintf(&b, "\t%s -> %s", dotText(from), dotText(to))
		if len(with) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(with, ", "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.String()
}

func dotShape(kind string) string {
	switch kind {
	case "package":
		return ", style=bold"
	case "topic":
		return ", style=rounded"
	case "interface", "service":
		return ", shape=component"
	case "kv", "blob", "sql":
		return ", shape=cylinder"
	}
	return ", shape=note"
}

// dotText quotes a text. Graphviz reads escapes that begin with a backslash, and HTML's entities.
func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;", "\n", `\n`, "\r", " ", "\x00", " ").Replace(text) + `"`
}
