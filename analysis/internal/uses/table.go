package uses

import table "github.com/instrumentgo/instrument/internal/kind"

// effect is what a function or method of a kind's package asks of a provider.
type effect struct {
	ability  string // one that not every provider has; "" for none
	soft     bool   // without the ability the call works, but means something else
	opens    bool   // it opens the binding that its third argument names
	argument bool   // it is about its first argument
	kind     string // the kind of what it opens, if that is not the package's own
}

// askedOf holds what calls of the kinds' packages ask for, and portableType the kinds' types that
// have methods.
var askedOf, portableType = func() (map[string]map[string]effect, map[string]string) {
	asked, types := map[string]map[string]effect{}, map[string]string{}
	for _, k := range table.All() {
		asked[k.Name], types[k.Name] = map[string]effect{}, k.Type
		for _, c := range k.Calls {
			asked[k.Name][c.Name] = effect{c.Ability, c.Soft, c.Opens, c.Argument, c.Of}
		}
	}
	return asked, types
}()
