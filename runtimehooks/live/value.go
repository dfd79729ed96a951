package live

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// value returns a value's text in the form of a directive. Whether it suits the option is up to
// runtimehooks; only what the text does not show is reported here: that a number or truth value is
// in quotes.
func (d *document) value(of string, kind runtimehooks.OptionKind, n ast.Node) (text string, ok bool) {
	quotable := kind != runtimehooks.KindInt && kind != runtimehooks.KindFloat && kind != runtimehooks.KindBool
	switch n := d.resolve(n).(type) {
	case nil, *ast.NullNode:
		return "", true
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value), true
	case *ast.IntegerNode:
		return integer(n), true
	case *ast.FloatNode:
		return strconv.FormatFloat(n.Value, 'f', -1, 64), true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode:
		if _, err := strconv.Atoi(n.Value); kind == runtimehooks.KindWindow && err == nil {
			quotable = false
		}
		if !quotable {
			d.add(n, "", "%s must be %s, not the text %q", of, kind.Wants(), n.Value)
		}
		return n.Value, quotable
	case *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	default:
		if kind == "" {
			return "", true // there is no such option, which is the better error
		}
		d.add(n, "", "%s must be %s, not a list, mapping or tagged value", of, kind.Wants())
		return "", false
	}
}

// integer returns the decimal text of a number, however it is written.
func integer(n *ast.IntegerNode) string {
	switch v := n.Value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return n.GetToken().Value
}
