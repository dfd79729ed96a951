// Package catalog tells what each provider of this project declares, as data: which URLs it takes, which kinds it provides, and
// what bindings of them can do. Nothing is linked or opened for that, so a tool can hold a program against its environments on
// any machine.
//
// It is no second opinion: a test beside each provider compares its entry with the provider's own value and with the
// abilities that its open stores declare. Package catalogtest is that test.
package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Provider is what a provider declares.
type Provider struct {
	Name    string // "redis"
	Doc     string // one sentence
	Package string // import path, whose variable Provider is the value to pass to bindings.Open
	Module  string // path of the module that has the package
	System  string // db.system.name of its telemetry
	Schemes []string
	Kinds   []Kind // sorted by kind
	Options []bindings.Option
}

// Kind is one kind that a provider provides, and what it can do there.
type Kind struct {
	Kind        bindings.Kind
	Abilities   []Ability     // sorted by name
	Granularity time.Duration // times are rounded up to a multiple of this; 0 for exact, or where the kind has none
	Dialect     string        // of SQL, of that kind
	Limit       string        // how large a value or message may be, where that is told; "" for unlimited or unknown
	Needs       Condition     // what the server must be, for the kind as a whole
}

// Ability is something that not every provider can do. Its name is the field of the kind's Abilities in lower case with
// hyphens, such as compare-and-swap.
type Ability struct {
	Name  string
	Needs Condition
}

// Condition is what decides whether a server or a URL has an ability. The zero value is none: it is always there.
type Condition struct {
	Schemes []string // the URLs that it is about; nil for all of the provider's
	Text    string   // what must hold, such as "NATS 2.11 or later"
}

// For returns what must hold for a URL with a scheme, "" if nothing.
func (c Condition) For(scheme string) string {
	if c.Schemes != nil && !slices.Contains(c.Schemes, scheme) {
		return ""
	}
	return c.Text
}

// Providers returns the providers of this project, sorted by name.
func Providers() []Provider {
	return []Provider{env(), file(), mem(), nats(), postgres(), redis(), service(), sqlite()}
}

// ByScheme returns the provider that takes URLs with a scheme, and false if none of this project does.
func ByScheme(scheme string) (Provider, bool) {
	for _, p := range Providers() {
		if slices.Contains(p.Schemes, scheme) {
			return p, true
		}
	}
	return Provider{}, false
}

// Of returns the names of the providers of a kind, sorted; with an ability, of those that can have it. ability may be "".
func Of(kind bindings.Kind, ability string) (names []string) {
	for _, p := range Providers() {
		if k, ok := p.Kind(kind); ok && (ability == "" || k.has(ability)) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Kind returns what the provider says of a kind, and false if it does not provide it.
func (p Provider) Kind(kind bindings.Kind) (Kind, bool) {
	i := slices.IndexFunc(p.Kinds, func(k Kind) bool { return k.Kind == kind })
	if i < 0 {
		return Kind{}, false
	}
	return p.Kinds[i], true
}

// Ability returns what is said of an ability, and false if no binding has it.
func (k Kind) Ability(name string) (Ability, bool) {
	i := slices.IndexFunc(k.Abilities, func(a Ability) bool { return a.Name == name })
	if i < 0 {
		return Ability{}, false
	}
	return k.Abilities[i], true
}

func (k Kind) has(ability string) bool {
	_, ok := k.Ability(ability)
	return ok
}

// Declaration returns the provider's value as bindings.Check takes it. It opens nothing: its Open fails.
func (p Provider) Declaration() *bindings.Provider {
	d := &bindings.Provider{Name: p.Name, Doc: p.Doc, Schemes: p.Schemes, System: p.System, Options: p.Options}
	for _, k := range p.Kinds {
		d.Kinds = append(d.Kinds, k.Kind)
	}
	d.Open = func(context.Context, bindings.Target) (bindings.Conn, error) {
		return nil, fmt.Errorf("open %s: the catalog has no connections: pass %s.Provider", p.Name, p.Package)
	}
	return d
}

// module is the module of the providers that need none of their own.
const module = "github.com/instrumentgo/instrument"

// always are abilities without a condition.
func always(names ...string) (list []Ability) {
	for _, name := range names {
		list = append(list, Ability{Name: name})
	}
	return list
}

// pool are the options of databases, with their defaults.
func pool(open, idle, lifetime, idleTime string) []bindings.Option {
	return []bindings.Option{
		{Name: "max-idle", Text: "of sql: connections that are kept without work; default " + idle},
		{Name: "max-idle-time", Text: "of sql: how long a connection is kept without work, as a duration; default " + idleTime},
		{Name: "max-lifetime", Text: "of sql: how long a connection is kept, as a duration; default " + lifetime},
		{Name: "max-open", Text: "of sql: connections of a binding at once, with those of all its tenants; default " + open},
	}
}
