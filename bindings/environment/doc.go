// Package environment reads environment files: which provider gives each binding, by its logical
// name.
//
//	# bindings/prod.yaml
//	carts:       redis://cache.internal:6379?ttl=24h
//	placed:      {url: nats://bus.internal:4222, tenants: true}
//	db:          {url: postgres://orders@db.internal/orders, password: {secret: db-password}}
//	db-password: file:/run/secrets/db
//	scratch:     mem:
//
// A binding is a URL, or a mapping with the key url and options, which may stand in the URL's query
// as well. An option's value is a text, a number, true or false, or {secret: name} with the name of
// another binding, of kind secret. A URL that is nothing but a scheme needs no quotes, although
// YAML asks for them. bindings.CommonOptions and each provider list the options that there are.
//
// The key policy says what is done around the operations of the binding, in the words of the live
// policy file: breaker, bulkhead, limit, retry and timeout. A policy is a mapping of its options,
// the value of its own option, or nothing for its defaults.
//
//	carts: {url: redis://cache.internal:6379, policy: {timeout: 1s, retry: {attempts: 3, initial: 20ms}, breaker:, bulkhead: 64, limit: 100/s}}
//
// Every finding has its file, line and column, and all of them are returned.
package environment
