package provider

import (
	"context"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Declaration is what a provider declares.
type Declaration struct {
	Name    string            `json:"name"`    // "redis"
	Doc     string            `json:"doc"`     // one sentence
	Package string            `json:"-"`       // import path, whose variable Provider is the value to pass to bindings.Open
	System  string            `json:"system"`  // db.system.name of its telemetry
	Schemes []string          `json:"schemes"` // of the URLs that it takes, without the colon
	Kinds   []Kind            `json:"kinds"`   // sorted by kind
	Options []bindings.Option `json:"options"` // what a URL's query and an environment file may set

	URLs []bindings.URLForm `json:"urls"` // what its URLs look like
}

// Kind is one kind that a provider provides, and what it can do there.
type Kind struct {
	Kind        bindings.Kind
	Abilities   []Ability     // sorted by name
	Granularity time.Duration // times are rounded up to a multiple of this; 0 for exact, or where the kind has none
	Dialect     string        // of SQL, of that kind
	Limit       string        // how large a value or message may be, if the store says so; "" for unlimited or unknown
	Needs       Condition     // what the server must be, for the kind as a whole
}

// Ability is something that not every provider can do. Its name is the field of the kind's
// Abilities in lower case with hyphens, such as compare-and-swap.
type Ability struct {
	Name  string
	Needs Condition
}

// Condition is what decides whether a server or a URL has an ability. The zero value is none: the
// ability is always there.
type Condition struct {
	Schemes []string `json:"schemes"` // the URLs that it is about; nil for all of the provider's
	Text    string   `json:"text"`    // what must hold, such as "NATS 2.11 or later"
}

// For returns what must hold for a URL with a scheme, "" if nothing.
func (c Condition) For(scheme string) string {
	if c.Schemes != nil && !slices.Contains(c.Schemes, scheme) {
		return ""
	}
	return c.Text
}

// Provider returns the provider that the declaration is of, with the function that opens its
// connections.
func (d Declaration) Provider(open func(context.Context, bindings.Target) (bindings.Conn, error)) *bindings.Provider {
	p := &bindings.Provider{Name: d.Name, Doc: d.Doc, Schemes: d.Schemes, System: d.System, Options: d.Options, URLs: d.URLs, Open: open}
	for _, k := range d.Kinds {
		p.Kinds = append(p.Kinds, k.Kind)
	}
	return p
}

// Kind returns what the provider declares of a kind, and false if it does not provide it.
func (d Declaration) Kind(kind bindings.Kind) (Kind, bool) {
	i := slices.IndexFunc(d.Kinds, func(k Kind) bool { return k.Kind == kind })
	if i < 0 {
		return Kind{}, false
	}
	return d.Kinds[i], true
}

// Ability returns what is declared of an ability, and false if no binding has it.
func (k Kind) Ability(name string) (Ability, bool) {
	i := slices.IndexFunc(k.Abilities, func(a Ability) bool { return a.Name == name })
	if i < 0 {
		return Ability{}, false
	}
	return k.Abilities[i], true
}

// List are the providers that somebody knows, sorted by name.
type List []Declaration

// All returns the providers of this project.
func All() List {
	return List{DBOS(), Env(), File(), Mem(), NATS(), Postgres(), Redis(), Service(), SQLite()}
}

// ByScheme returns the provider that takes URLs with a scheme, and false if none of the list does.
func (l List) ByScheme(scheme string) (Declaration, bool) {
	i := slices.IndexFunc(l, func(d Declaration) bool { return slices.Contains(d.Schemes, scheme) })
	if i < 0 {
		return Declaration{}, false
	}
	return l[i], true
}

// Of returns the names of the providers of a kind, in the order of the list; with an ability, of
// those that can have it. ability may be "".
func (l List) Of(kind bindings.Kind, ability string) (names []string) {
	for _, d := range l {
		k, ok := d.Kind(kind)
		if _, has := k.Ability(ability); ok && (ability == "" || has) {
			names = append(names, d.Name)
		}
	}
	return names
}
