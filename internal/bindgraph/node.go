package bindgraph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// node is how a service, a binding or an interface is drawn.
type node struct {
	id, kind string   // kind "package", "interface", or that of a binding
	name     string   // first line
	lines    []string // further lines, each short
	title    string   // everything there is to say, shown when the mouse points at it
}

// The layers of a drawing, from left to right.
const (
	layerServices = iota
	layerBetween
	layerStores
)

func (n node) layer() int {
	switch n.kind {
	case "package":
		return layerServices
	case "topic", "interface":
		return layerBetween
	}
	return layerStores
}

// nodes returns all nodes: services, then bindings, then interfaces. A binding of kind service has
// no node of its own: the node of its interface mentions it, unless the interface is not known.
func (g *Graph) nodes() (list []node) {
	for _, s := range g.Services {
		list = append(list, node{id: s.ID, kind: "package", name: s.Name, lines: some(strings.Join(s.Structs, ", ")), title: s.Package})
	}
	for _, b := range g.Bindings {
		if b.Interface != "" {
			continue
		}
		n := node{id: b.ID, kind: b.Kind, name: b.Name, lines: []string{kindLine(b)}, title: b.Kind + " " + b.Name}
		for _, p := range b.Providers {
			n.lines = append(n.lines, g.providerLine(p))
		}
		for _, u := range b.Uses {
			n.title += "\n" + u.Member + " in " + u.File
		}
		list = append(list, n)
	}
	for _, i := range g.Interfaces {
		n := node{id: i.ID, kind: "interface", name: i.Name, lines: []string{"service"},
			title: strings.Join(append([]string{i.Name}, i.Methods...), "\n")}
		for _, b := range g.Bindings {
			if b.Interface != i.ID {
				continue
			}
			for _, p := range b.Providers {
				n.lines = append(n.lines, g.providerLine(p))
			}
		}
		list = append(list, n)
	}
	for i := range list {
		slices.Sort(list[i].lines[min(1, len(list[i].lines)):])
		list[i].lines = slices.Compact(list[i].lines)
	}
	return list
}

func some(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// kindLine is a binding's kind with the types that its first use gives it.
func kindLine(b Binding) string {
	for _, u := range b.Uses {
		if len(u.Types) > 0 {
			return b.Kind + " · " + strings.Join(u.Types, " → ")
		}
	}
	return b.Kind
}

// providerLine says where a binding leads and, if there are several environments, in which one.
func (g *Graph) providerLine(p Provider) string {
	text := cmp.Or(p.URL, p.Name)
	if len(g.Environments) > 1 {
		return p.Environment + " " + text
	}
	return text
}

// label is the text next to an edge's line; "" if its ends say everything.
func (e Edge) label() string {
	switch e.Does {
	case "calls", "delivers":
		return e.Label
	case "offers":
		return "offers"
	}
	return ""
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
