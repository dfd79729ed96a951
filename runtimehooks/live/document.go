package live

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/instrumentgo/instrument/internal/yamlfile"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// document is the content of a file, with the position of each part.
type document struct {
	overrides runtimehooks.Overrides
	problems  []problem // mistakes in the text; whether it suits the sites is not known here

	places  map[string]place
	anchors map[string]ast.Node
}

// position is a place in a file, counted from 1.
type position struct{ line, column int }

// place is the position of a key and of its value.
type place struct{ key, value position }

// parse reads a file. Its mistakes are in the document's problems.
func parse(data []byte) *document {
	d := &document{places: map[string]place{}, anchors: map[string]ast.Node{}}
	root, err := yamlfile.Parse(data)
	if err != nil {
		d.problems = append(d.problems, syntax(err))
		return d
	}
	ast.Walk(d, root)
	d.mapping(nil, root, func(path []string, key, value ast.Node) {
		into := map[string]*map[string]runtimehooks.AspectOverrides{
			"sites": &d.overrides.Sites, "names": &d.overrides.Names, "stacks": &d.overrides.Stacks,
		}[path[0]]
		if into == nil {
			d.add(key, "", "key must be sites, names or stacks, not %q", path[0])
			return
		}
		*into = d.entries(path, value)
	})
	return d
}

// syntax turns an error of yamlfile into a problem.
func syntax(err error) problem {
	if e, ok := errors.AsType[*yamlfile.Error](err); ok {
		return problem{position: at(e.Token), message: e.Message}
	}
	return problem{message: err.Error()}
}

func at(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// Visit records the anchors, for [ast.Walk]. They come before their aliases.
func (d *document) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
	case *ast.AliasNode:
		if name := n.Value.GetToken().Value; d.anchors[name] == nil {
			d.add(n, "", "alias must name an anchor that stands before it, not %q", name)
		}
	}
	return d
}

// add records a problem at a node.
func (d *document) add(n ast.Node, hint, format string, args ...any) {
	d.problems = append(d.problems, problem{position: at(n.GetToken()), message: fmt.Sprintf(format, args...), hint: hint})
}

// locate turns an error of runtimehooks into problems with positions.
func (d *document) locate(err error) []problem {
	if err == nil {
		return nil
	}
	errs, ok := errors.AsType[runtimehooks.OverrideErrors](err)
	if !ok {
		return []problem{{message: err.Error()}}
	}
	var list []problem
	for _, e := range errs {
		p := problem{message: e.Message, hint: e.Hint}
		for path := e.Path; len(path) > 0 && p.line == 0; path = path[:len(path)-1] {
			if at := d.places[join(path)]; e.Value && len(path) == len(e.Path) {
				p.position = at.value
			} else {
				p.position = at.key
			}
		}
		list = append(list, p)
	}
	return list
}

func join(path []string) string { return strings.Join(path, "\x00") }
