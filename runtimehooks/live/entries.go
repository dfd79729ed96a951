package live

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// entries reads the mapping under sites, names or stacks.
func (d *document) entries(path []string, n ast.Node) map[string]runtimehooks.AspectOverrides {
	m := map[string]runtimehooks.AspectOverrides{}
	d.mapping(path, n, func(path []string, _, value ast.Node) {
		m[path[1]] = d.aspects(path, value)
	})
	return m
}

// aspects reads the mapping under a site, name or stack.
func (d *document) aspects(path []string, n ast.Node) runtimehooks.AspectOverrides {
	m := runtimehooks.AspectOverrides{}
	d.mapping(path, n, func(path []string, key, value ast.Node) {
		switch aspect := path[2]; aspect {
		case "enabled":
			if text, ok := d.value("enabled", runtimehooks.KindBool, value); ok {
				m[runtimehooks.AllAspects] = runtimehooks.OptionOverrides{"enabled": text}
			}
		case runtimehooks.AllAspects:
			d.add(key, "write enabled by itself, without an aspect", "key must be an aspect or enabled, not %q", aspect)
		default:
			m[aspect] = d.options(path, value)
		}
	})
	return m
}

// options reads the mapping under an aspect.
func (d *document) options(path []string, n ast.Node) runtimehooks.OptionOverrides {
	m := runtimehooks.OptionOverrides{}
	d.mapping(path, n, func(path []string, _, value ast.Node) {
		if text, ok := d.value(path[3]+" of "+path[2], kindOf(path[2], path[3]), value); ok {
			m[path[3]] = text
		}
	})
	return m
}

// kindOf returns the kind of an option, or "" if there is no such option.
func kindOf(aspect, option string) runtimehooks.OptionKind {
	if option == "enabled" {
		return runtimehooks.KindBool
	}
	for _, a := range overridable {
		i := slices.IndexFunc(a.Options, func(o runtimehooks.OverridableOption) bool { return o.Name == option })
		if a.Name == aspect && i >= 0 {
			return a.Options[i].Kind
		}
	}
	return ""
}

var overridable = runtimehooks.Overridable()

// mapping calls do with the keys and values of a mapping, which may be left empty, and the path of
// each.
func (d *document) mapping(path []string, n ast.Node, do func(path []string, key, value ast.Node)) {
	n = d.resolve(n)
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case nil, *ast.NullNode:
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.add(n, "", "%s must be a mapping", describe(path))
	}
	for _, pair := range pairs {
		key := ast.Node(pair.Key)
		if k, ok := key.(*ast.MappingKeyNode); ok {
			key = k.Value
		}
		if key.Type() == ast.MergeKeyType {
			d.add(key, "write the keys out, or let the whole value be an alias", "key must not be a merge key")
			continue
		}
		inner := append(slices.Clone(path), keyText(key))
		d.places[join(inner)] = place{key: at(key.GetToken()), value: d.start(pair.Value)}
		do(inner, key, pair.Value)
	}
}

// describe says what is at a path.
func describe(path []string) string {
	if len(path) == 0 {
		return "file"
	}
	return path[len(path)-1]
}

// keyText is a key's text, without quotes.
func keyText(n ast.Node) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	return n.GetToken().Value
}

// start returns the position where a value begins.
func (d *document) start(n ast.Node) position {
	if n == nil {
		return position{}
	}
	return at(n.GetToken())
}

// resolve follows aliases, and removes anchors.
func (d *document) resolve(n ast.Node) ast.Node {
	for range 10 {
		switch of := n.(type) {
		case *ast.AnchorNode:
			n = of.Value
		case *ast.AliasNode:
			n = d.anchors[of.Value.GetToken().Value]
		default:
			return n
		}
	}
	return n
}
