package analysis

// What a package gets from the platform that its program runs on: structs whose fields are bindings, methods that handle
// messages, and interfaces that other services call.

// Bind is a struct marked //instrument:bind, for which a function that fills its fields is generated.
type Bind struct {
	Type    string    `json:"type"`  // name of the struct type
	Func    string    `json:"func"`  // of the generated function: "BindOrders", "bindOrders" for an unexported type
	Needs   string    `json:"needs"` // of the generated variable that lists the bindings: "OrdersNeeds"
	Pos     Position  `json:"pos"`
	Fields  []Field   `json:"fields,omitempty"` // those that are bound, in the order of the source
	Handles []Handler `json:"handles,omitempty"`
	Imports []Import  `json:"imports,omitempty"` // what the types below need
}

// Field is a field that is bound.
type Field struct {
	Field      string   `json:"field"`
	Pos        Position `json:"pos"`
	Name       string   `json:"name"`                 // logical name: "carts"
	Kind       string   `json:"kind"`                 // kv, topic, lock, blob, sql, service, secret or config
	Form       string   `json:"form,omitempty"`       // of kind secret: "value" for secret.Secret, "source" for secret.Source
	Types      []string `json:"types,omitempty"`      // type arguments of the portable type, as Go source: for kv the key's and the value's
	Service    *Ref     `json:"service,omitempty"`    // of kind service: the interface
	Adapter    *Adapter `json:"adapter,omitempty"`    // where the field's interface is not met by the portable type itself
	Migrations string   `json:"migrations,omitempty"` // of kind sql: variable of type fs.FS, or of one that implements it
	Tenants    bool     `json:"tenants,omitempty"`    // the field asks for data apart by tenant, whatever the environment says
}

// Adapter is a generated type that implements the local interface of a field over the portable type.
type Adapter struct {
	Type    string          `json:"type"` // name of the generated type
	Methods []AdapterMethod `json:"methods"`
}

// AdapterMethod is one method of an adapter: it calls the portable type's method of the same name without options, and
// returns of its results those that the interface has.
type AdapterMethod struct {
	Name    string  `json:"name"`
	Params  []Param `json:"params"`
	Results []Param `json:"results"`
	Keep    []int   `json:"keep"` // indexes of the portable method's results that are returned
	Of      int     `json:"of"`   // how many results the portable method has
}

// Handler is a method marked //instrument:subscribe.
type Handler struct {
	Method  string   `json:"method"`
	Pos     Position `json:"pos"`
	Topic   string   `json:"topic"` // logical name
	Group   string   `json:"group"`
	Message string   `json:"message"`           // type as Go source
	Options []Option `json:"options,omitempty"` // concurrency, deliveries, lease, from
}

// Service is an interface marked //instrument:service, for which a client and a handler over HTTP are generated.
type Service struct {
	Interface string          `json:"interface"`
	Pos       Position        `json:"pos"`
	Methods   []ServiceMethod `json:"methods"`          // sorted by name
	Errors    []string        `json:"errors,omitempty"` // exported variables of type error in the package, which travel by name
	Imports   []Import        `json:"imports,omitempty"`
}

// ServiceMethod is one method of a service: a context, parameters that travel as JSON, results that travel as JSON, an error.
type ServiceMethod struct {
	Name       string  `json:"name"`
	Params     []Param `json:"params,omitempty"`     // without the context
	Results    []Param `json:"results,omitempty"`    // without the error
	Idempotent bool    `json:"idempotent,omitempty"` // may be called again when it failed
}
