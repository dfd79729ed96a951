package plan

import (
	"go/token"
)

// Uses is what the bodies of the main modules' functions do with bindings, as far as a provider may
// not be able to. It is no part of a plan, because it type-checks bodies.
type Uses struct {
	Asks     []Ask      // calls that need an ability
	Opens    []Opened   // bindings that are opened by a call, beside those of structs
	Provides []Provided // services that are told to a platform
	Binds    []BindCall // calls of the functions that are generated for structs of bindings
}

// Ask is a call that needs an ability of the binding that it is about.
type Ask struct {
	Pos     token.Position // file name absolute
	Package string         // import path
	Call    string         // "CompareAndSwap", or "kv.TTL" for an option
	Kind    string
	Ability string   // "compare-and-swap"
	Soft    bool     // the call works without it, and means something else
	Asked   bool     // the same function looks at the binding's abilities
	Names   []string // logical names of the bindings that it may be about, sorted
	Type    string   // the type whose every binding that is, where the source does not tell which one; "" where it does
}

// Opened is a binding that a call opens.
type Opened struct {
	Pos     token.Position
	Package string
	Kind    string
	Name    string // "" where it is no constant
}

// BindCall is a call of the function that fills a struct of bindings.
type BindCall struct {
	Package string // import path of the caller
	Bind    string // import path of the struct's package
}

// Provided is a service of the process that a call gives to a platform.
type Provided struct {
	Pos     token.Position
	Service Ref
	Name    string // "" where it is no constant
}
