package literals

import (
	"go/ast"
	"go/constant"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file says what a program calls a literal by. It shows in what the literal is given to: a
// call with a pattern, a table of routes, a variable. It does not depend on what stands above.

// verbs are names of methods by which routers take a method of HTTP.
var verbs = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "ANY"}

// route returns what a literal goes by, "" for nothing: the pattern that the nearest call or table
// has which has one, below those of the groups that hold it; else another constant of the nearest
// one, else the name that the literal is assigned to.
func (f *finder) route(enclosing []ast.Node, lit *ast.FuncLit) string {
	var at ast.Node = lit
	label, route := "", ""
	given := true // the literal, or what is made of it, is what at stands for
	for _, n := range slices.Backward(enclosing) {
		switch n := n.(type) {
		case *ast.FuncLit:
			given = false
		case *ast.CallExpr:
			words := f.wordsOf(n, at)
			switch {
			case len(words) == 0:
			case route != "" && slices.ContainsFunc(words, isPattern) && isLiteral(at):
				route = below(words[len(words)-1], route)
			case given && route == "" && patterned(n, words):
				route = withVerb(n, words)
			case given && label == "":
				label = strings.Join(words, " ")
			}
		case *ast.CompositeLit:
			if words := f.rowOf(n, at); given && route == "" && slices.ContainsFunc(words, isPattern) {
				route = strings.Join(words, " ")
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok && given && label == "" {
				label = id.Name // of a field
			}
		case *ast.AssignStmt:
			if i := slices.IndexFunc(n.Rhs, func(e ast.Expr) bool { return ast.Node(e) == at }); given && label == "" && len(n.Lhs) == len(n.Rhs) && i >= 0 {
				label = f.assigned(n.Lhs[i])
			}
		case *ast.ValueSpec:
			if i := slices.IndexFunc(n.Values, func(e ast.Expr) bool { return ast.Node(e) == at }); given && label == "" && len(n.Names) == len(n.Values) && i >= 0 && isLocal(enclosing) {
				label = n.Names[i].Name
			}
		}
		at = n
	}
	if route == "" {
		route = label
	}
	if strings.ContainsFunc(route, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return route
}

// wordsOf returns the first constant strings of a call's arguments before one of them, in a row.
func (f *finder) wordsOf(call *ast.CallExpr, arg ast.Node) []string {
	i := slices.IndexFunc(call.Args, func(e ast.Expr) bool { return ast.Node(e) == arg })
	if i < 0 {
		return nil
	}
	return f.words(call.Args[:i])
}

func (f *finder) words(list []ast.Expr) []string {
	var words []string
	for _, e := range list {
		word, ok := f.text(e)
		if !ok && len(words) > 0 {
			break
		}
		if ok && word != "" {
			words = append(words, word)
		}
	}
	return words
}

func (f *finder) text(e ast.Expr) (string, bool) {
	v := f.info.Types[e].Value
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}

// rowOf returns the constant strings beside an element of a composite literal, or its key in one of
// a map.
func (f *finder) rowOf(row *ast.CompositeLit, elt ast.Node) []string {
	var values []ast.Expr
	for _, e := range row.Elts {
		pair, keyed := e.(*ast.KeyValueExpr)
		if ast.Node(e) == elt && keyed {
			if word, ok := f.text(pair.Key); ok {
				return []string{word}
			}
		}
		if keyed {
			e = pair.Value
		}
		values = append(values, e)
	}
	return f.words(values)
}

// assigned returns the name of what a literal is assigned to: a variable, a field, or the key of an
// element.
func (f *finder) assigned(to ast.Expr) string {
	switch to := ast.Unparen(to).(type) {
	case *ast.Ident:
		return strings.Trim(to.Name, "_")
	case *ast.SelectorExpr:
		return to.Sel.Name
	case *ast.IndexExpr:
		word, _ := f.text(to.Index)
		return word
	}
	return ""
}

// isLocal reports whether a literal stands in a function, where a variable does not name it yet.
func isLocal(enclosing []ast.Node) bool {
	_, ok := enclosing[0].(*ast.FuncDecl)
	return ok
}

func isLiteral(n ast.Node) bool {
	_, ok := n.(*ast.FuncLit)
	return ok
}

// isPattern reports whether a word holds a path.
func isPattern(word string) bool { return strings.Contains(word, "/") }

// patterned reports whether a call routes to one of its arguments: by a path, or because its name
// is a verb.
func patterned(call *ast.CallExpr, words []string) bool {
	return slices.ContainsFunc(words, isPattern) || slices.Contains(verbs, strings.ToUpper(plan.CalledName(call)))
}

// withVerb returns the words of a call, after the method of HTTP that its name is.
func withVerb(call *ast.CallExpr, words []string) string {
	text := strings.Join(words, " ")
	if verb := strings.ToUpper(plan.CalledName(call)); slices.Contains(verbs, verb) {
		return verb + " " + text
	}
	return text
}

// below puts the prefix of a group before the path of a route.
func below(prefix, route string) string {
	verb, path, ok := strings.Cut(route, " ")
	if !ok {
		return strings.TrimSuffix(prefix, "/") + route
	}
	return verb + " " + strings.TrimSuffix(prefix, "/") + path
}

func numbered(n int) string { return " (" + strconv.Itoa(n) + ")" }
