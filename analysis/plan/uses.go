package plan

import (
	"go/token"
)

// Uses is what the bodies of the main modules' functions do with bindings that not every provider
// can do. It is not part of a plan, because finding it takes type-checking bodies.
type Uses struct {
	Asks     []Ask      // calls that need an ability
	Opens    []Opened   // bindings that calls open, in addition to those of structs
	Provides []Provided // services that calls give to a platform
	Binds    []BindCall // calls of the functions that are generated for structs of bindings
}

// Ask is a call that needs an ability of the binding that it is about.
type Ask struct {
	Pos     token.Position // file name absolute
	Package string         // import path
	Call    string         // "CompareAndSwap", or "kv.TTL" for an option
	Kind    string
	Ability string   // "compare-and-swap"
	Soft    bool     // without the ability the call works, but means something else
	Asked   bool     // the same function checks the binding's abilities
	Names   []string // logical names of the bindings that it may be about, sorted
	Type    string   // set if the source does not show which binding it is: it may be any binding of this type
}

// Opened is a binding that a call opens.
type Opened struct {
	Pos     token.Position
	Package string
	Kind    string
	Name    string // "" if it is not a constant
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
	Name    string // "" if it is not a constant
}
