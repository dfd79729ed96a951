package provider

import (
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Here are the providers that talk to servers.

// NATS returns the declaration of provider nats.
func NATS() Declaration {
	servers := []string{"nats", "tls+nats"} // the embedded one is as new as the module
	ttl := Condition{servers, "NATS 2.11 or later"}
	replicas := Condition{servers, "replicas=1, or a bucket that this provider has made"}
	return Declaration{
		Name: "nats", Doc: "NATS JetStream, by a server or inside the process", System: "nats",
		Package: root + "/bindings/provider/nats",
		Schemes: []string{"nats", "nats+embedded", "tls+nats"},
		URLs: []bindings.URLForm{
			{Schemes: []string{"nats+embedded"}, Example: "nats+embedded: or nats+embedded:path", Path: bindings.Optional},
			{Schemes: []string{"nats"}, Example: "nats://bus.internal:4222", Host: bindings.Required, Hosts: true, User: true},
			{Schemes: []string{"tls+nats"}, Example: "tls+nats://bus.internal:4222", Host: bindings.Required, Hosts: true, User: true},
		},
		Kinds: []Kind{
			{Kind: bindings.Blob, Abilities: []Ability{
				{Name: "if-absent"}, {Name: "read-your-writes", Needs: replicas}, {Name: "sorted"}}},
			{Kind: bindings.Config, Abilities: always(watched...)},
			{Kind: bindings.KV, Granularity: time.Second, Limit: "a value and its headers are one message of the server, by default 1 MB",
				Abilities: []Ability{{Name: "compare-and-swap"}, {Name: "increment"}, {Name: "ordered"},
					{Name: "read-your-writes", Needs: replicas}, {Name: "sorted"}, {Name: "ttl", Needs: ttl}, {Name: "watch"}}},
			{Kind: bindings.Lock, Granularity: time.Second, Needs: ttl},
			{Kind: bindings.Topic, Granularity: time.Second, Limit: "a message and its headers are one of the server, by default 1 MB",
				Abilities: []Ability{{Name: "dedup"}, {Name: "delay", Needs: Condition{servers, "NATS 2.12 or later"}}, {Name: "order"}}},
		},
		Options: byName(append(secured([]string{"tls+nats"}, "tls+nats:"),
			connectTimeout("2s", servers...),
			bindings.Option{Name: "creds", Schemes: servers, Aliases: []string{"credentials"},
				Text: "file with the credentials of a user, as nsc writes it, or {secret: name} with its content; default none"},
			bindings.Option{Name: "quota", Type: bindings.TypeSize, Text: "how much a binding may store, for each tenant, such as 64MiB; default what the bucket has, unlimited at first"},
			bindings.Option{Name: "replicas", Type: bindings.TypeInt, Text: "of a bucket that is made, 1 to 5; default 1"},
		)...),
	}
}

// Postgres returns the declaration of provider postgres.
func Postgres() Declaration {
	return Declaration{
		Name: "postgres", Doc: "PostgreSQL", System: "postgresql",
		Package: root + "/bindings/provider/postgres",
		Schemes: []string{"postgres", "postgresql"},
		URLs: []bindings.URLForm{{Example: "postgres://orders@db.internal:5432/orders", Host: bindings.Required, Hosts: true,
			Path: bindings.Optional, User: true}},
		Kinds: []Kind{
			{Kind: bindings.KV, Granularity: time.Microsecond,
				Abilities: always("compare-and-swap", "increment", "ordered", "read-your-writes", "sorted", "ttl")},
			{Kind: bindings.Lock, Granularity: time.Microsecond},
			{Kind: bindings.SQL, Dialect: "postgresql", Abilities: always("aborted-by-error", "concurrent-writers", "schemas", "strict-types")},
		},
		Options: byName(append(append(pool("10", "10", "1h0m0s", "5m0s"), secured(nil, "sslmode")...),
			connectTimeout("10s"),
			bindings.Option{Name: "locks", Text: "the table of locks, with or without schema; default instrument_lock"},
			bindings.Option{Name: "pool", Type: bindings.TypeInt, Text: "of kv and locks: greatest number of connections; default 4, or one for each CPU if there are more"},
			bindings.Option{Name: "sslmode", Text: "as libpq has it: disable, prefer, require, verify-ca, verify-full; default prefer, or verify-full with the option ca"},
			bindings.Option{Name: "target-session-attrs", Aliases: []string{"target_session_attrs"},
				Text: "which of several hosts will do, as libpq has it: any, read-write, read-only, primary, standby, prefer-standby; default any, or read-write with several hosts"},
			bindings.Option{Name: "timeout", Type: bindings.TypeDuration,
				Text: "of kv and locks: how long an operation may take whose context has no deadline; default 30s"},
			bindings.Option{Name: "table", Text: "the table of kv, with or without schema; default instrument_kv"},
		)...),
	}
}

// Redis returns the declaration of provider redis.
func Redis() Declaration {
	return Declaration{
		Name: "redis", Doc: "Redis, by one server or a proxy before several", System: "redis",
		Package: root + "/bindings/provider/redis",
		Schemes: []string{"redis", "rediss"},
		URLs: []bindings.URLForm{
			{Schemes: []string{"redis"}, Example: "redis://cache.internal:6379/0", Host: bindings.Required, Path: bindings.Optional, Number: true, User: true},
			{Schemes: []string{"rediss"}, Example: "rediss://cache.internal:6379/0", Host: bindings.Required, Path: bindings.Optional, Number: true, User: true},
		},
		Kinds: []Kind{
			{Kind: bindings.KV, Granularity: time.Millisecond, Abilities: always("compare-and-swap", "increment", "read-your-writes", "ttl")},
			{Kind: bindings.Lock, Granularity: time.Millisecond},
			{Kind: bindings.Topic, Granularity: time.Millisecond, Abilities: always("dedup", "delay", "order")},
		},
		Options: byName(append(secured([]string{"rediss"}, "rediss:"),
			connectTimeout("5s"),
			bindings.Option{Name: "pool", Type: bindings.TypeInt, Text: "greatest number of connections; default 10 for each CPU"},
		)...),
	}
}

// Service returns the declaration of provider service.
func Service() Declaration {
	remote := []string{"http", "https", "registry"}
	return Declaration{
		Name: "service", Doc: "services of this process, and of others over HTTP and JSON", System: "instrument",
		Package: root + "/bindings/service",
		Schemes: []string{"http", "https", "local", "registry"},
		URLs: []bindings.URLForm{
			{Schemes: []string{"http"}, Example: "http://payments.internal:8080", Host: bindings.Required, Path: bindings.Optional},
			{Schemes: []string{"https"}, Example: "https://payments.internal", Host: bindings.Required, Path: bindings.Optional},
			{Schemes: []string{"local"}, Example: "local:"},
			{Schemes: []string{"registry"}, Example: "registry://registry/payments", Host: bindings.Required, Path: bindings.Required},
		},
		Kinds: []Kind{{Kind: bindings.Service}},
		Options: byName(append(secured([]string{"https", "registry"}, "https:"),
			bindings.Option{Name: "also", Type: bindings.TypeHosts, Schemes: []string{"http", "https"}, Text: "more addresses of the service, as host:port, separated by commas; default none"},
			bindings.Option{Name: "body", Type: bindings.TypeInt, Schemes: remote, Text: "greatest size of an answer, in bytes; default 4194304, which is 4 MiB"},
			connectTimeout("5s", remote...),
			bindings.Option{Name: "poll", Type: bindings.TypeDuration, Schemes: []string{"registry"}, Text: "how often to look for instances where the store cannot watch, as a duration; default 1s"},
			bindings.Option{Name: "token", Schemes: remote, Text: "sent as bearer token with each call, as text or {secret: name}; default none"},
		)...),
	}
}

// secured are the options of encrypted connections, which the schemes have, and what makes a
// connection one. Package tlsconfig reads them.
func secured(schemes []string, by string) []bindings.Option {
	return []bindings.Option{
		{Name: "ca", Schemes: schemes, Aliases: []string{"sslrootcert", "cacert", "tls-ca"},
			Text: "with " + by + ": file with the certificates that vouch for servers, in PEM, or {secret: name} with its content; default those of the system"},
		{Name: "cert", Schemes: schemes, With: "key", Aliases: []string{"sslcert", "tls-cert"},
			Text: "with " + by + ": file with the certificate of this client, in PEM, or {secret: name} with its content; default none"},
		{Name: "key", Schemes: schemes, With: "cert", Aliases: []string{"sslkey", "tls-key"},
			Text: "with " + by + ": file with the private key of cert, in PEM, or {secret: name} with its content; default none"},
		{Name: "server-name", Schemes: schemes, Aliases: []string{"servername", "sni"},
			Text: "with " + by + ": the name that a server's certificate must have; default the host"},
	}
}

// connectTimeout is the option of how long connecting may take.
func connectTimeout(otherwise string, schemes ...string) bindings.Option {
	return bindings.Option{Name: "connect-timeout", Type: bindings.TypeDuration, Schemes: schemes, Aliases: []string{"connect_timeout", "dial_timeout"},
		Text: "how long connecting to a server may take, as a duration; default " + otherwise}
}

// byName returns options sorted by name.
func byName(options ...bindings.Option) []bindings.Option {
	slices.SortFunc(options, func(a, b bindings.Option) int { return strings.Compare(a.Name, b.Name) })
	return options
}
