package sites

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// refusesOwned returns the reason why an aspect that drops or shares results does not fit one that
// somebody must close. Those of a hedge that can be given back are noted in the site.
func refusesOwned(f *source.Func, def *aspects.Definition, s *plan.Site, w *ask.Want) (reason, remedy string) {
	if def.Needs.Unowned == "" {
		return "", ""
	}
	own := func(pkg *types.Package) bool {
		_, ok := f.Program.Graph.OwnPath(pkg.Path())
		return ok
	}
	results := f.Obj.Signature().Results()
	var made []int
	for i := range results.Len() {
		t := results.At(i).Type()
		closed := slices.ContainsFunc(w.Options["close"], func(v ask.Value) bool { return types.Identical(taken(v), t) })
		what := signature.Owned(t, own)
		switch {
		case i == s.Err:
		case closed, what != "" && w.Name == option.Hedge && signature.Given(t):
			made = append(made, i)
		case what != "":
			remedy = "remove it, or return what is read from it"
			if w.Name == option.Hedge {
				remedy = "remove it, return what is read from it, or name what gives it back, as in close=release"
			}
			return fmt.Sprintf("%s needs results that nobody must close, and %s %s: %s", def.Name, signature.Short(t), what, def.Needs.Unowned), remedy
		}
	}
	for _, v := range w.Options["close"] {
		if !slices.ContainsFunc(made, func(i int) bool { return types.Identical(taken(v), results.At(i).Type()) }) {
			return fmt.Sprintf("%s's option close must name a function that takes a result, and %s takes %s", def.Name, v.Text, signature.Short(taken(v))),
				"give it the type of a result, or remove the option"
		}
	}
	s.Made = made
	return "", ""
}

// taken returns the type that a closer takes.
func taken(v ask.Value) types.Type { return v.Fn.Signature().Params().At(0).Type() }
