package provider

import (
	"slices"

	"github.com/instrumentgo/instrument/bindings"
)

// abilities are those that bindings of each kind may have: the fields of the Abilities in the
// kind's package that are true or false. A test compares the two.
var abilities = map[bindings.Kind][]string{
	bindings.Blob:    {"copy", "if-absent", "read-your-writes", "signed-url", "sorted"},
	bindings.Config:  {"version", "watch"},
	bindings.KV:      {"compare-and-swap", "increment", "ordered", "read-your-writes", "sorted", "ttl", "watch"},
	bindings.Lock:    nil,
	bindings.SQL:     {"aborted-by-error", "concurrent-writers", "schemas", "strict-types"},
	bindings.Secret:  {"version", "watch"},
	bindings.Service: nil,
	bindings.Topic:   {"dedup", "delay", "order"},

	bindings.Workflow: nil,
}

// Abilities returns the names of the abilities that bindings of a kind may have, sorted, and false
// if there is no such kind.
func Abilities(kind bindings.Kind) (names []string, ok bool) {
	names, ok = abilities[kind]
	return slices.Clone(names), ok
}

// kinds returns the names of all kinds, sorted.
func kinds() (names []string) {
	for kind := range abilities {
		names = append(names, string(kind))
	}
	slices.Sort(names)
	return names
}
