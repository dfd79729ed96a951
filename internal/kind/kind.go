package kind

import (
	"slices"
	"strings"
)

// Bindings is the import path of the core of the bindings.
const Bindings = "github.com/instrumentgo/instrument/bindings"

// Kind is a kind of binding.
type Kind struct {
	Name     string // in plans, directives and environments: "kv"
	Const    string // in package bindings: "KV"
	Path     string // import path of its package
	Type     string // its type there that has methods: "Of"; "" for none
	Policies bool   // its package puts policies around its operations

	// Calls are the exported functions of the package, and the methods of the type, that ask for an
	// ability or open a binding. Plain lists all others. A test finds functions and methods that
	// are in neither list.
	Calls []Call
	Plain []string
}

// Call is what a function or method asks of a provider.
type Call struct {
	Name     string // "Open", "Of.Watch"
	Ability  string // one that not every provider has; "" for none
	Also     string // another one that it needs
	Soft     bool   // without the ability the call works, but means something else
	Opens    bool   // it opens the binding that its third argument names
	Argument bool   // it is about its first argument
	Of       string // kind of what it opens, if that is not its own kind
}

// Type is a portable type: the type of a bound field. A service has none.
type Type struct {
	Kind    *Kind
	Form    string // distinguishes the second type of a kind in plans
	Path    string // import path of the type's package, which need not be the kind's
	Name    string
	Pointer bool // fields hold a pointer to the type
	Matched bool // fields of local interfaces are matched against its methods

	Open         string // function of the kind's package that opens it
	PerTenant    string // option of Open that keeps tenants apart; "" for a type that has none
	TypedOptions bool   // options take the type's type arguments
}

// All returns the kinds.
func All() []*Kind {
	return []*Kind{&KV, &Topic, &Lock, &Blob, &SQL, &Secret, &Config, &Service, &Workflow}
}

// Types returns the portable types, in the order of their kinds.
func Types() []*Type {
	return []*Type{&kvOf, &topicOf, &lockLocks, &blobBucket, &sqlDB, &sqlTenants, &secretSecret, &secretSource, &configOf,
		&workflowOf}
}

// Named returns the kind of a name, or nil.
func Named(name string) *Kind { return find(All(), func(k *Kind) bool { return k.Name == name }) }

// In returns the kind whose package has the import path, or nil.
func In(path string) *Kind { return find(All(), func(k *Kind) bool { return k.Path == path }) }

// TypeOf returns the portable type of a kind in one of its forms, or nil.
func TypeOf(kind, form string) *Type {
	return find(Types(), func(t *Type) bool { return t.Kind.Name == kind && t.Form == form })
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

// Call returns what a function ("Open") or method ("Of.Watch") of the kind asks of a provider.
func (k *Kind) Call(name string) Call {
	if i := slices.IndexFunc(k.Calls, func(c Call) bool { return c.Name == name }); i >= 0 {
		return k.Calls[i]
	}
	return Call{Name: name}
}

// String writes the type as code does: "kv.Of", "*sql.DB".
func (t *Type) String() string {
	text := t.Path[strings.LastIndexByte(t.Path, '/')+1:] + "." + t.Name
	if t.Pointer {
		return "*" + text
	}
	return text
}
