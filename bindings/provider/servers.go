package provider

import (
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
		Options: []bindings.Option{
			{Name: "quota", Text: "how much a binding may store, for each tenant, such as 64MiB; default what the bucket has, unlimited at first"},
			{Name: "replicas", Text: "of a bucket that is made, 1 to 5; default 1"},
		},
	}
}

// Postgres returns the declaration of provider postgres.
func Postgres() Declaration {
	return Declaration{
		Name: "postgres", Doc: "PostgreSQL", System: "postgresql",
		Package: root + "/bindings/provider/postgres",
		Schemes: []string{"postgres"},
		Kinds: []Kind{
			{Kind: bindings.KV, Granularity: time.Microsecond,
				Abilities: always("compare-and-swap", "increment", "ordered", "read-your-writes", "sorted", "ttl")},
			{Kind: bindings.Lock, Granularity: time.Microsecond},
			{Kind: bindings.SQL, Dialect: "postgresql", Abilities: always("aborted-by-error", "concurrent-writers", "schemas", "strict-types")},
		},
		Options: append(pool("10", "10", "1h0m0s", "5m0s"),
			bindings.Option{Name: "locks", Text: "the table of locks, with or without schema; default instrument_lock"},
			bindings.Option{Name: "pool", Text: "of kv and locks: greatest number of connections; default 4, or one for each CPU if there are more"},
			bindings.Option{Name: "sslmode", Text: "as libpq has it: disable, prefer, require, verify-ca, verify-full; default prefer"},
			bindings.Option{Name: "table", Text: "the table of kv, with or without schema; default instrument_kv"},
		),
	}
}

// Redis returns the declaration of provider redis.
func Redis() Declaration {
	return Declaration{
		Name: "redis", Doc: "Redis, by one server or a proxy before several", System: "redis",
		Package: root + "/bindings/provider/redis",
		Schemes: []string{"redis", "rediss"},
		Kinds: []Kind{
			{Kind: bindings.KV, Granularity: time.Millisecond, Abilities: always("compare-and-swap", "increment", "read-your-writes", "ttl")},
			{Kind: bindings.Lock, Granularity: time.Millisecond},
			{Kind: bindings.Topic, Granularity: time.Millisecond, Abilities: always("dedup", "delay", "order")},
		},
		Options: []bindings.Option{{Name: "pool", Text: "greatest number of connections; default 10 for each CPU"}},
	}
}

// Service returns the declaration of provider service.
func Service() Declaration {
	return Declaration{
		Name: "service", Doc: "services of this process, and of others over HTTP and JSON", System: "instrument",
		Package: root + "/bindings/service",
		Schemes: []string{"http", "https", "local", "registry"},
		Kinds:   []Kind{{Kind: bindings.Service}},
		Options: []bindings.Option{
			{Name: "also", Text: "of http and https: more addresses of the service, as host:port, separated by commas; default none"},
			{Name: "body", Text: "of http, https and registry: greatest size of an answer, in bytes; default 4194304, which is 4 MiB"},
			{Name: "ca", Text: "of https and registry: file with the certificates that vouch for servers, in PEM; default those of the system"},
			{Name: "poll", Text: "of registry: how often to look for instances where the store cannot watch, as a duration; default 1s"},
			{Name: "token", Text: "of http, https and registry: sent as bearer token with each call, as text or {secret: name}; default none"},
		},
	}
}
