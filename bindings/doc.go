// Package bindings gives a service the platform it runs on: key-value stores, topics, locks,
// buckets, SQL databases, other services, secrets and configuration, asked for by a logical name
// and a type. An environment file says which provider answers to a name, so business code imports
// no vendor's SDK and the same binary runs on memory, on files, or on a hosted server.
//
//	env, err := environment.Read("bindings/dev.yaml")          // carts: "redis://cache.internal:6379?ttl=24h"
//	env.Namespace = bindings.NamespaceOf[Orders]()             // whose data this is
//	platform, err := bindings.Open(ctx, env, redis.Provider, mem.Provider)
//	defer platform.Close(ctx)
//	carts, err := kv.Open[CartID, Cart](ctx, platform, "carts")
//
// # Kinds and providers
//
// A kind is a package with a portable type: [kv], [topic], [lock], [blob], [sqldb], [service],
// [secret], [config]. A provider is a value of type [Provider], passed to [Open]; importing one
// registers nothing, and a program links only those that it names. The providers of this project
// are below bindings/provider. Providers with a heavy dependency are modules of their own: redis,
// nats, postgres and sqlite. Those without are packages of this module: mem, file and env, and
// bindings/service. README.md has a table of who provides what.
//
// A provider that lacks an ability says so in what it declares, and the portable type refuses the
// operation with [Unimplemented]; it never does something similar instead.
//
// # Whose data
//
// Data belong to a namespace, which stands for the service, and a binding that is scoped to tenants
// keeps each tenant's data apart. The tenant comes from the context ([WithTenant]). A missing
// namespace fails [Open], and a missing tenant fails the operation: there is no default that two
// services or two customers could share by accident.
//
// # Errors
//
// Every failure of an operation is an [*Error] with one of a few codes, which [errors.Is] matches:
//
//	if errors.Is(err, bindings.NotFound) { … }
//
// # Life
//
// [Open] fails at once and names every problem: unknown schemes and options, servers that do not
// answer, secrets that are missing, bindings that the program needs and the environment lacks.
// [Platform.Start] begins everything that takes work from others: subscriptions, registrations.
// [Platform.Close] ends it stage by stage, waits for running operations, then closes connections in
// reverse order; [Run] does both, closing when the process gets a signal to stop. [Platform.Health]
// asks each binding, and package [healthz] reports it over HTTP.
//
// # Around the kinds
//
// Package [environment] reads environment files, with the policies around the operations of each
// binding ([PolicyAspect]). Package [provider] has what each provider declares, as data, for
// instrument check. A test has package [fake], a platform in memory in one line, and package
// [record], which makes a fake of real traffic. The author of a provider runs the suites of its
// kinds, kv/kvtest, topic/topictest and so on, in the harness of package provider/providertest.
//
// Fields of a struct that is marked //instrument:bind need no call of Open by hand: instrument
// generates them.
//
// [kv]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/kv
// [topic]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/topic
// [lock]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/lock
// [blob]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/blob
// [sqldb]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/sqldb
// [service]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/service
// [secret]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/secret
// [config]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/config
// [healthz]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/healthz
// [environment]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/environment
// [provider]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/provider
// [fake]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/fake
// [record]: https://pkg.go.dev/github.com/instrumentgo/instrument/bindings/record
package bindings
