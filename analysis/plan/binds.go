package plan

import (
	"slices"
)

// These types describe what a package gets from the platform that its program runs on: structs
// whose fields are bindings, methods that handle messages, and interfaces that other services call.

// Bind is a struct marked //instrument:bind, for which a function that fills its fields is
// generated.
type Bind struct {
	Type    string    `json:"type"`  // name of the struct type
	Func    string    `json:"func"`  // of the generated function: "BindOrders", "bindOrders" for an unexported type
	Needs   string    `json:"needs"` // of the generated variable that lists the bindings: "OrdersNeeds"
	Pos     Position  `json:"pos"`
	Fields  []Field   `json:"fields,omitempty"` // those that are bound, in the order of the source
	Handles []Handler `json:"handles,omitempty"`
	Runs    []Run     `json:"runs,omitempty"`
	Imports []Import  `json:"imports,omitempty"` // what the types below need
}

// Field is a field that is bound.
type Field struct {
	Field string   `json:"field"`
	Pos   Position `json:"pos"`
	Name  string   `json:"name"`            // logical name: "carts"
	Kind  string   `json:"kind"`            // kv, topic, lock, blob, sql, service, secret, config or workflow
	Form  string   `json:"form,omitempty"`  // if a kind has two types: "source" for secret.Source, "tenants" for sqldb.Tenants
	Types []string `json:"types,omitempty"` // type arguments of the portable type, as Go source: for kv the key's and the value's
	// Of a field of a local interface: the interface's methods, sorted; any other field may use all
	// of its type's.
	Methods    []string `json:"methods,omitempty"`
	Service    *Ref     `json:"service,omitempty"`    // of kind service: the interface
	Adapter    *Adapter `json:"adapter,omitempty"`    // if the portable type itself does not implement the field's interface
	Migrations string   `json:"migrations,omitempty"` // of kind sql: variable of type fs.FS, or of one that implements it, as Go source
	Tenants    bool     `json:"tenants,omitempty"`    // the field asks for data kept apart by tenant, whatever the environment says
}

// Adapter is a generated type that implements the local interface of a field: it embeds the
// portable type, and has the methods that differ.
type Adapter struct {
	Type    string          `json:"type"` // name of the generated type
	Methods []AdapterMethod `json:"methods"`
}

// AdapterMethod is one method of an adapter. It calls the portable type's method of the same name,
// without the options that the interface does not have, and returns the last of its results.
type AdapterMethod struct {
	Name    string  `json:"name"`
	Params  []Param `json:"params"` // the last one's type begins with "..." if it is variadic
	Results []Param `json:"results"`
	Drop    int     `json:"drop,omitempty"` // how many of the portable method's results come before those that are returned
	// A result is an interface where the portable method returns a pointer: next to an error it
	// must be nil.
	Widen bool `json:"widen,omitempty"`
}

// Handler is a method marked //instrument:subscribe.
type Handler struct {
	Method  string   `json:"method"`
	Pos     Position `json:"pos"`
	Topic   string   `json:"topic"` // logical name
	Group   string   `json:"group"`
	Message string   `json:"message"`           // type as Go source, as Bind.Imports name its packages
	Options []Option `json:"options,omitempty"` // concurrency, deliveries, lease, from
}

// Run is a method marked //instrument:workflow.
type Run struct {
	Method   string   `json:"method"`
	Pos      Position `json:"pos"`
	Workflow string   `json:"workflow"`         // logical name
	In       string   `json:"in"`               // types as Go source, as Bind.Imports name their packages
	Out      string   `json:"out"`              //
	Errors   []string `json:"errors,omitempty"` // exported variables Err… of type error in the package, by which callers distinguish failures
}

// Service is an interface marked //instrument:service, for which a client and a handler over HTTP
// are generated.
type Service struct {
	Interface string   `json:"interface"`
	Pos       Position `json:"pos"`
	// Of the generated functions: "OpenService", "openService" for an unexported interface.
	Open    string          `json:"open"`
	Provide string          `json:"provide"`           // "ProvideService"
	Handler string          `json:"handler"`           // "ServiceHandler"
	API     string          `json:"api"`               // of the generated variable that describes the service: "serviceAPI"
	Client  string          `json:"client"`            // of the generated type that calls another process: "serviceClient"
	Local   string          `json:"local"`             // of the generated type that calls what this process provides: "serviceLocal"
	Methods []ServiceMethod `json:"methods,omitempty"` // embedded interfaces' methods included, sorted by name
	Errors  []string        `json:"errors,omitempty"`  // exported variables Err… of type error in the package, which travel by name
	Imports []Import        `json:"imports,omitempty"`
}

// ServiceMethod is one method of a service: a context, parameters that travel as JSON, results that
// travel as JSON, an error.
type ServiceMethod struct {
	Name       string  `json:"name"`
	In         string  `json:"in,omitempty"`         // of the generated type that holds the parameters, if there are any: "serviceChargeIn"
	Out        string  `json:"out,omitempty"`        // and the results: "serviceChargeOut"
	Params     []Param `json:"params,omitempty"`     // without the context; their names are those of the JSON
	Results    []Param `json:"results,omitempty"`    // without the error; likewise
	Variadic   bool    `json:"variadic,omitempty"`   // the last parameter's type is a slice, and the interface takes it as "..."
	Idempotent bool    `json:"idempotent,omitempty"` // may be called again after it failed
}

// unplaced returns the binds without positions.
func unplaced(binds []Bind) []Bind {
	list := slices.Clone(binds)
	for i := range list {
		b := &list[i]
		b.Pos = Position{}
		b.Fields, b.Handles, b.Runs = slices.Clone(b.Fields), slices.Clone(b.Handles), slices.Clone(b.Runs)
		for j := range b.Fields {
			b.Fields[j].Pos = Position{}
		}
		for j := range b.Handles {
			b.Handles[j].Pos = Position{}
		}
		for j := range b.Runs {
			b.Runs[j].Pos = Position{}
		}
	}
	return list
}

// unplacedServices returns the services without positions.
func unplacedServices(services []Service) []Service {
	list := slices.Clone(services)
	for i := range list {
		list[i].Pos = Position{}
	}
	return list
}
