package environment

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/yamlfile"
)

// Read reads an environment file. The environment is named as the file is, without folder and
// extension; its namespace is for the caller to set. The error is of type bindings.Problems, unless
// the file cannot be read.
func Read(path string) (bindings.Environment, error) {
	data, err := yamlfile.Read(path)
	if err != nil {
		return bindings.Environment{}, fmt.Errorf("read environment %s: %w", path, err)
	}
	return Parse(path, data)
}

// Parse parses an environment file. path is for messages and the environment's name.
func Parse(path string, data []byte) (bindings.Environment, error) {
	base := filepath.Base(path)
	env := bindings.Environment{Name: strings.TrimSuffix(base, filepath.Ext(base))}
	r := &reader{path: path}
	root, err := yamlfile.Parse(quoteSchemes(data))
	if err != nil {
		r.syntax(err)
		return env, r.problems
	}
	if root != nil {
		for _, pair := range r.mapping("", root, "the file must be a mapping of names to bindings") {
			if b, ok := r.binding(pair); ok {
				env.Bindings = append(env.Bindings, b)
			}
		}
	}
	if len(r.problems) > 0 {
		return env, r.problems
	}
	return env, nil
}

// bareScheme is a value that is a scheme and nothing else, which YAML takes for the key of a
// mapping.
var bareScheme = regexp.MustCompile(`(?m)^([ \t]*[^\s#:'"{}\[\],]+:[ \t]+)([A-Za-z][A-Za-z0-9+.-]*:)([ \t]*(?:#.*)?\r?)$`)

// quoteSchemes quotes such values, which moves nothing to another line.
func quoteSchemes(data []byte) []byte { return bareScheme.ReplaceAll(data, []byte(`$1"$2"$3`)) }

// reader collects what is wrong with a file.
type reader struct {
	path     string
	problems bindings.Problems
}

func (r *reader) position(t *token.Token) string {
	if t == nil || t.Position == nil {
		return r.path
	}
	return fmt.Sprintf("%s:%d:%d", r.path, t.Position.Line, t.Position.Column)
}

func (r *reader) problem(binding string, t *token.Token, format string, args ...any) {
	r.problems = append(r.problems, bindings.Problem{Binding: binding, Position: r.position(t), Err: fmt.Errorf(format, args...)})
}

// syntax reports that the file is not YAML.
func (r *reader) syntax(err error) {
	if e, ok := errors.AsType[*yamlfile.Error](err); ok {
		r.problem("", e.Token, "parse yaml: %s", e.Message)
	} else {
		r.problem("", nil, "parse yaml: %w", err)
	}
}

// mapping returns the pairs of a mapping; anything else is a problem.
func (r *reader) mapping(binding string, node ast.Node, otherwise string) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	r.problem(binding, node.GetToken(), "%s", otherwise)
	return nil
}

// binding reads one binding.
func (r *reader) binding(pair *ast.MappingValueNode) (bindings.Binding, bool) {
	name := pair.Key.GetToken().Value
	b := bindings.Binding{Name: name, Position: r.position(pair.Value.GetToken()), Options: map[string]bindings.Value{}}
	if name == "" {
		r.problem("", pair.Key.GetToken(), "a binding must have a name")
		return b, false
	}
	if text, ok := scalar(pair.Value); ok {
		b.URL = text
		return b, r.urlOf(b, pair.Value)
	}
	for _, option := range r.mapping(name, pair.Value, fmt.Sprintf("%s must be a url, or a mapping with the key url", name)) {
		key := option.Key.GetToken().Value
		if key == "policy" {
			b.Policy = r.policy(name, option.Value)
			continue
		}
		value, ok := r.value(name, key, option.Value)
		switch {
		case !ok:
		case key == "url" && value.Secret != "":
			r.problem(name, option.Value.GetToken(), "url must be a text: put the secret in password")
		case key == "url":
			b.URL, b.Position = value.Text, r.position(option.Value.GetToken())
		default:
			b.Options[key] = value
		}
	}
	return b, r.urlOf(b, pair.Value)
}

// urlOf reports whether a binding has a URL, which is a problem where nothing else is.
func (r *reader) urlOf(b bindings.Binding, node ast.Node) bool {
	if b.URL == "" && !r.reported(b.Name) {
		r.problem(b.Name, node.GetToken(), "%s must have a url", b.Name)
	}
	return b.URL != ""
}

func (r *reader) reported(name string) bool {
	for _, p := range r.problems {
		if p.Binding == name {
			return true
		}
	}
	return false
}

// value reads the value of an option.
func (r *reader) value(binding, key string, node ast.Node) (bindings.Value, bool) {
	if text, ok := scalar(node); ok {
		return bindings.Value{Text: text}, true
	}
	wrong := fmt.Sprintf("%s must be a text or {secret: name}", key)
	pairs := r.mapping(binding, node, wrong)
	if pairs == nil {
		return bindings.Value{}, false
	}
	if len(pairs) == 1 && pairs[0].Key.GetToken().Value == "secret" {
		if name, ok := scalar(pairs[0].Value); ok && name != "" {
			return bindings.Value{Secret: name}, true
		}
	}
	r.problem(binding, node.GetToken(), "%s", wrong)
	return bindings.Value{}, false
}

// scalar returns the text of a scalar as it is written, without quotes.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}
