package guard

// Wrapped is a store and the guard of its binding. A kind embeds it in a type that has the
// operations of all abilities, each done under the guard; Abilities says which of them the store
// has.
type Wrapped[S interface{ Abilities() A }, A any] struct {
	Store S
	Guard *Guard
}

// Abilities returns what the store can do.
func (w Wrapped[S, A]) Abilities() A { return w.Store.Abilities() }

// Wrap returns the store under a guard, by the kind's own type around [Wrapped], or as it is if the
// guard is nil.
func Wrap[S interface{ Abilities() A }, A any](g *Guard, store S, as func(Wrapped[S, A]) S) S {
	if g == nil {
		return store
	}
	return as(Wrapped[S, A]{store, g})
}
