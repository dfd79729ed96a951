package provider

import "github.com/instrumentgo/instrument/bindings"

// Here are the providers that need no server: the memory, the files and the environment of a
// process, and a file of SQLite.

// root is the module of this project.
const root = "github.com/instrumentgo/instrument"

// The abilities of a kv provider, and of one of secrets and configuration, that lacks nothing.
var (
	wholeKV = []string{"compare-and-swap", "increment", "ordered", "read-your-writes", "sorted", "ttl", "watch"}
	watched = []string{"version", "watch"}
)

// Env returns the declaration of provider env.
func Env() Declaration {
	return Declaration{
		Name: "env", Doc: "environment variables of the process", System: "env",
		Package: root + "/bindings/provider/env",
		Schemes: []string{"env"},
		URLs:    []bindings.URLForm{{Example: "env:NAME", Path: bindings.Optional}},
		Kinds:   []Kind{{Kind: bindings.Config}, {Kind: bindings.Secret}},
	}
}

// File returns the declaration of provider file.
func File() Declaration {
	return Declaration{
		Name: "file", Doc: "files of this machine", System: "file",
		Package: root + "/bindings/provider/file",
		Schemes: []string{"file"},
		URLs:    []bindings.URLForm{{Example: "file:path or file:///path", Path: bindings.Required}},
		Kinds: []Kind{
			{Kind: bindings.Blob, Abilities: always("if-absent", "read-your-writes", "sorted")},
			{Kind: bindings.Config, Abilities: always(watched...)},
			{Kind: bindings.KV, Abilities: always(wholeKV...)},
			{Kind: bindings.Secret, Abilities: always(watched...)},
		},
		Options: []bindings.Option{
			{Name: "poll", Type: bindings.TypeDuration, Text: "of config and secret: how often a watch looks at the file, as a duration; default 1s"},
			{Name: "suffix", Text: "of config and secret: what the names of tenants' files end in, such as .yaml; default nothing"},
			{Name: "sync", Type: bindings.TypeBool, Text: "of kv: false does not wait for the disk at each write; default true"},
		},
	}
}

// Mem returns the declaration of provider mem.
func Mem() Declaration {
	return Declaration{
		Name: "mem", Doc: "everything in the memory of the process, with faults on demand", System: "memory",
		Package: root + "/bindings/provider/mem",
		Schemes: []string{"mem"},
		URLs:    []bindings.URLForm{{Example: "mem: or mem:place", Path: bindings.Optional}},
		Kinds: []Kind{
			{Kind: bindings.Blob, Abilities: always("copy", "if-absent", "read-your-writes", "sorted")},
			{Kind: bindings.Config, Abilities: always(watched...)},
			{Kind: bindings.KV, Abilities: always(wholeKV...)},
			{Kind: bindings.Lock},
			{Kind: bindings.Secret, Abilities: always(watched...)},
			{Kind: bindings.Topic, Abilities: always("dedup", "delay", "order")},
			{Kind: bindings.Workflow},
		},
		Options: []bindings.Option{
			{Name: "crashes", Type: bindings.TypeFloat, Text: "how often the execution of a workflow's run ends before or after a step, and begins again, from 0 to 0.9; default 0"},
			{Name: "duplicates", Type: bindings.TypeFloat, Text: "how often a watch reports a change, or a topic delivers a message, twice, from 0 to 1; default 0"},
			{Name: "errors", Type: bindings.TypeFloat, Text: "how often an operation fails with Unavailable before it is done, from 0 to 1; default 0"},
			{Name: "latency", Type: bindings.TypeDuration, Text: "up to how long an operation takes, as a duration; default 0"},
			{Name: "leases", Type: bindings.TypeFloat, Text: "how often a lock is lost when it is renewed, from 0 to 1; default 0"},
			{Name: "lost", Type: bindings.TypeFloat, Text: "how often an operation is done and yet fails with Unavailable, from 0 to 1; default 0"},
			{Name: "quota", Type: bindings.TypeSize, Text: "how much a binding of kv, blob or topic may store, for each tenant, such as 64MiB; default unlimited"},
			{Name: "reordering", Type: bindings.TypeFloat, Text: "how often a topic delivers another message than the next one, except for the order of keys, from 0 to 1; default 0"},
			{Name: "seed", Type: bindings.TypeInt, Text: "a number that decides which operations fail; default 0"},
			{Name: "value", Text: "of a secret or a configuration: what it is at first"},
		},
	}
}

// DBOS returns the declaration of provider dbos.
func DBOS() Declaration {
	return Declaration{
		Name: "dbos", Doc: "workflows by DBOS Transact, on a file of SQLite", System: "sqlite",
		Package: root + "/bindings/provider/dbos",
		Schemes: []string{"dbos+sqlite"},
		URLs:    []bindings.URLForm{{Example: "dbos+sqlite:path or dbos+sqlite:///path", Path: bindings.Required}},
		Kinds:   []Kind{{Kind: bindings.Workflow, Limit: "a record, an input or a signal has at most 16 MiB"}},
	}
}

// SQLite returns the declaration of provider sqlite.
func SQLite() Declaration {
	return Declaration{
		Name: "sqlite", Doc: "a SQLite file, without cgo", System: "sqlite",
		Package: root + "/bindings/provider/sqlite",
		Schemes: []string{"sqlite"},
		URLs:    []bindings.URLForm{{Example: "sqlite:path or sqlite:///path", Path: bindings.Optional}},
		Kinds:   []Kind{{Kind: bindings.KV, Abilities: always(wholeKV...)}, {Kind: bindings.SQL, Dialect: "sqlite"}},
		Options: append(pool("8", "8", "for ever", "5m0s"),
			bindings.Option{Name: "poll", Type: bindings.TypeDuration, Text: "how often a watch looks for changes, as a duration; default 100ms"},
			bindings.Option{Name: "sync", Type: bindings.TypeBool, Text: "true waits for the disk at each write; false may lose the last ones if the machine stops, nothing else; default true"},
		),
	}
}

// always are abilities without a condition.
func always(names ...string) (list []Ability) {
	for _, name := range names {
		list = append(list, Ability{Name: name})
	}
	return list
}

// pool are the options of databases, which sqldb.PoolOf reads, with their defaults.
func pool(open, idle, lifetime, idleTime string) []bindings.Option {
	return []bindings.Option{
		{Name: "max-idle", Type: bindings.TypeInt, Text: "of sql: connections that are kept without work; default " + idle},
		{Name: "max-idle-time", Type: bindings.TypeDuration, Text: "of sql: how long a connection is kept without work, as a duration; default " + idleTime},
		{Name: "max-lifetime", Type: bindings.TypeDuration, Text: "of sql: how long a connection is kept, as a duration; default " + lifetime},
		{Name: "max-open", Type: bindings.TypeInt, Text: "of sql: connections of a binding at once, with those of all its tenants; default " + open},
	}
}
