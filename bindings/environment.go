package bindings

// Environment says which provider gives each binding. Package bindings/environment reads it from a
// file.
type Environment struct {
	Name      string    // for messages: "dev", or the file's name
	Namespace string    // whose data it is: the service's name, see [NamespaceOf]; must be set
	Bindings  []Binding // in any order; names must differ
	Needs     []Need    // what the program will ask for; Open reports each that is missing

	// Otherwise returns the binding for a name that Bindings does not have, when the program first
	// asks for it; nil means that there is none, which is right except in tests. It may be called
	// by many goroutines at once. Its bindings must not refer to secrets.
	Otherwise func(name string, kind Kind) (Binding, error)
}

// Binding is one entry of an environment: a logical name and where it leads.
type Binding struct {
	Name     string
	URL      string           // the scheme names the provider; the query sets options
	Options  map[string]Value // more options; "user" and "password" are those of the URL
	Policy   []PolicyAspect   // what is put around its operations; nil for nothing
	Position string           // where it is written, as file:line:column; "" if it is not in a file
}

// Value is the value of an option: a text, or the name of a binding of kind secret that holds it.
type Value struct {
	Text   string
	Secret string
}

// Need is a binding that the program asks for.
type Need struct {
	Name     string
	Kind     Kind
	Position string // where the program asks, as file:line:column; "" if unknown
}

// The options that every binding has, whatever its provider.
const (
	optionTenants   = "tenants"   // true keeps the data of each tenant apart
	optionNamespace = "namespace" // another service's data, on purpose
	optionTTL       = "ttl"       // how long entries of a kv binding live unless a write says otherwise, or a topic keeps messages
	optionUser      = "user"
	optionPassword  = "password"
)

// CommonOptions returns the options that every binding has, whatever its provider.
func CommonOptions() []Option {
	return []Option{
		{Name: optionNamespace, Text: "whose data it is, to share those of another service on purpose; default: the service's own"},
		{Name: optionPassword, Text: "password of the URL, as text or {secret: name}"},
		{Name: optionTenants, Text: "true keeps the data of each tenant apart, and refuses operations without a tenant; default false"},
		{Name: optionTTL, Text: "how long an entry of kv lives unless its write says otherwise, by default forever, or a topic keeps a message, by default a week; a duration"},
		{Name: optionUser, Text: "user of the URL, as text or {secret: name}"},
	}
}
