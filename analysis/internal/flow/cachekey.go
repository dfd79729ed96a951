package flow

import (
	"go/ast"
	"go/parser"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// checkCacheKey reports a cache below authz whose key includes nothing that authz looks at. Authz
// decides for each caller separately, but the cache would then hand out a result that was made for
// another caller with the same key. If the function of authz looks at no parameter, it decides
// alike for all callers, and any key is fine. A key that includes anything authz looks at is
// accepted: we cannot know which of those identify the caller.
func checkCacheKey(p *source.Program, s *subject) {
	authz, cache := s.Step(option.Authz), s.Step(option.Cache)
	if authz == nil || authz.Func == nil || cache == nil {
		return
	}
	looked := s.lookedAt(authz.Func)
	var keys []string
	for _, key := range cache.Keys {
		if slices.ContainsFunc(rootNames(key.Go), func(name string) bool { return slices.Contains(looked, name) }) {
			return
		}
		keys = append(keys, key.Go)
	}
	if len(looked) > 0 {
		p.Findings.Add(s.place(option.Cache),
			"add the caller to the key; put what is the same for all callers into a function of its own with the cache, which this one calls",
			"%s must have a key that identifies the caller: authz decides by %s, and the key %s includes none of that", s.of(option.Cache),
			strings.Join(looked, " and "), strings.Join(keys, ", "))
	}
}

// lookedAt names the parameters that authz's function looks at: those that it takes, and the one
// whose method it is. The woven function's receiver does not count, because it is not part of the
// call.
func (s *subject) lookedAt(c *plan.Callee) []string {
	var list []string
	root, _, method := strings.Cut(c.Name, ".")
	params, before := s.Object.Signature().Params(), 0
	if s.Call { // the parameters of the generated function: its site, and the operand of a method
		before = 1
		if s.Object.Signature().Recv() != nil {
			before = 2
		}
	}
	for i := range params.Len() {
		name := params.At(i).Name()
		if slices.Contains(c.Args, before+i) || method && name == root {
			if name == "" || name == "_" {
				name = "its " + signature.Short(params.At(i).Type())
			}
			list = append(list, name)
		}
	}
	return list
}

// rootNames returns the names that the paths of an expression begin with: s and ctx of
// s.user(ctx).ID.
func rootNames(text string) []string {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return nil
	}
	var list []string
	fields := map[*ast.Ident]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			fields[n.Sel] = true
		case *ast.Ident:
			if !fields[n] {
				list = append(list, n.Name)
			}
		}
		return true
	})
	return list
}
