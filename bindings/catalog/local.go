package catalog

import "github.com/instrumentgo/instrument/bindings"

// The providers that need no server: the memory, the files and the environment of a process, and a file of SQLite.

// The abilities of a kv provider, and of one of secrets and configuration, that lacks nothing.
var (
	wholeKV = []string{"compare-and-swap", "increment", "ordered", "read-your-writes", "sorted", "ttl", "watch"}
	watched = []string{"version", "watch"}
)

func env() Provider {
	return Provider{
		Name: "env", Doc: "environment variables of the process", System: "env",
		Package: module + "/bindings/provider/env", Module: module,
		Schemes: []string{"env"},
		Kinds:   []Kind{{Kind: bindings.Config}, {Kind: bindings.Secret}},
	}
}

func file() Provider {
	return Provider{
		Name: "file", Doc: "files of this machine", System: "file",
		Package: module + "/bindings/provider/file", Module: module,
		Schemes: []string{"file"},
		Kinds: []Kind{
			{Kind: bindings.Blob, Abilities: always("if-absent", "read-your-writes", "sorted")},
			{Kind: bindings.Config, Abilities: always(watched...)},
			{Kind: bindings.KV, Abilities: always(wholeKV...)},
			{Kind: bindings.Secret, Abilities: always(watched...)},
		},
		Options: []bindings.Option{
			{Name: "poll", Text: "of config and secret: how often a watch looks at the file, as a duration; default 1s"},
			{Name: "suffix", Text: "of config and secret: what the names of tenants' files end in, such as .yaml; default nothing"},
			{Name: "sync", Text: "of kv: false does not wait for the disk at each write; default true"},
		},
	}
}

func mem() Provider {
	return Provider{
		Name: "mem", Doc: "everything in the memory of the process, with faults on demand", System: "memory",
		Package: module + "/bindings/provider/mem", Module: module,
		Schemes: []string{"mem"},
		Kinds: []Kind{
			{Kind: bindings.Blob, Abilities: always("copy", "if-absent", "read-your-writes", "sorted")},
			{Kind: bindings.Config, Abilities: always(watched...)},
			{Kind: bindings.KV, Abilities: always(wholeKV...)},
			{Kind: bindings.Lock},
			{Kind: bindings.Secret, Abilities: always(watched...)},
			{Kind: bindings.Topic, Abilities: always("dedup", "delay", "order")},
		},
		Options: []bindings.Option{
			{Name: "duplicates", Text: "how often a watch tells a change, or a topic delivers a message, twice, from 0 to 1; default 0"},
			{Name: "errors", Text: "how often an operation fails with Unavailable before it is done, from 0 to 1; default 0"},
			{Name: "latency", Text: "up to how long an operation takes, as a duration; default 0"},
			{Name: "leases", Text: "how often a lock is lost when it is renewed, from 0 to 1; default 0"},
			{Name: "lost", Text: "how often an operation is done and yet fails with Unavailable, from 0 to 1; default 0"},
			{Name: "quota", Text: "how much a binding of kv, blob or topic may store, for each tenant, such as 64MiB; default unlimited"},
			{Name: "reordering", Text: "how often a topic delivers another message than the next one, but for the order of keys, from 0 to 1; default 0"},
			{Name: "seed", Text: "a number that decides which operations fail; default 0"},
			{Name: "value", Text: "of a secret or a configuration: what it is at first"},
		},
	}
}

func sqlite() Provider {
	return Provider{
		Name: "sqlite", Doc: "a SQLite file, without cgo", System: "sqlite",
		Package: module + "/bindings/provider/sqlite", Module: module + "/bindings/provider/sqlite",
		Schemes: []string{"sqlite"},
		Kinds:   []Kind{{Kind: bindings.KV, Abilities: always(wholeKV...)}, {Kind: bindings.SQL, Dialect: "sqlite"}},
		Options: append(pool("8", "8", "for ever", "5m0s"),
			bindings.Option{Name: "poll", Text: "how often a watch looks for changes, as a duration; default 100ms"},
			bindings.Option{Name: "sync", Text: "true waits for the disk at each write; false may lose the last ones if the machine stops, nothing else; default true"},
		),
	}
}
