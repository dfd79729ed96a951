package environment

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/instrumentgo/instrument/bindings"
)

// policy reads what stands under the key policy of a binding. Which policies and options there are,
// and which values, is for bindings.Open and bindings.Check to say.
func (r *reader) policy(binding string, node ast.Node) (policies []bindings.PolicyAspect) {
	for _, pair := range r.mapping(binding, node, "policy must be a mapping of policies, such as {timeout: 1s}") {
		key := pair.Key.GetToken()
		a := bindings.PolicyAspect{Name: key.Value, Position: r.position(key), Options: map[string]bindings.PolicyOption{}}
		if r.aspect(binding, &a, pair.Value) {
			policies = append(policies, a)
		}
	}
	return policies
}

// aspect reads the options of one policy: a mapping, a value that stands for the policy's own
// option, or nothing for the defaults.
func (r *reader) aspect(binding string, a *bindings.PolicyAspect, node ast.Node) bool {
	if _, empty := node.(*ast.NullNode); empty {
		return true
	}
	if text, ok := scalar(node); ok {
		a.Options[""] = bindings.PolicyOption{Text: text, Position: r.position(node.GetToken())}
		return true
	}
	before := len(r.problems)
	for _, pair := range r.mapping(binding, node, fmt.Sprintf("%s must be a value or a mapping of options", a.Name)) {
		name := pair.Key.GetToken().Value
		text, ok := scalar(pair.Value)
		if !ok || name == "" {
			r.problem(binding, pair.Value.GetToken(), "%s of %s must be a text, a number, true or false", name, a.Name)
			continue
		}
		a.Options[name] = bindings.PolicyOption{Text: text, Position: r.position(pair.Value.GetToken())}
	}
	return len(r.problems) == before
}
