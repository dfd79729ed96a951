package signature

import (
	"go/types"
	"slices"
)

// OptionType is the type of options that functions take.
type OptionType struct{ Path, Name string }

// Is reports whether a type is that of the options.
func (o OptionType) Is(t types.Type) bool { return IsNamed(t, o.Path, o.Name) }

// TakenBy reports whether a function takes such options, as its last parameter says, to make
// something else of them than options.
func (o OptionType) TakenBy(fn *types.Func) bool {
	sig := fn.Signature()
	return sig.Recv() == nil && o.Is(OptionsOf(sig)) && !slices.ContainsFunc(slices.Collect(sig.Results().Variables()), func(v *types.Var) bool {
		list, ok := v.Type().Underlying().(*types.Slice)
		return o.Is(v.Type()) || ok && o.Is(list.Elem())
	})
}

// OptionsOf returns T for functions whose last parameter is ...T, and nil for others.
func OptionsOf(sig *types.Signature) types.Type {
	if !sig.Variadic() {
		return nil
	}
	list, ok := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice)
	if !ok { // append([]byte, string...)
		return nil
	}
	return types.Unalias(list.Elem())
}

// OptionsMade returns T for func([]T) []T, and nil for others.
func OptionsMade(sig *types.Signature) types.Type {
	if sig.Params().Len() != 1 || sig.Results().Len() != 1 || sig.Variadic() || sig.TypeParams().Len() > 0 {
		return nil
	}
	takes, ok := sig.Params().At(0).Type().(*types.Slice)
	if !ok || !types.Identical(takes, sig.Results().At(0).Type()) {
		return nil
	}
	return types.Unalias(takes.Elem())
}
