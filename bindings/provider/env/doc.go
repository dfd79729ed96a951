// Package env provides secrets and configuration from the environment variables of the process.
//
//	pay-key: env:              # PAY_KEY, from the logical name
//	limits:  env:APP_LIMITS    # a text, a number, or JSON
//
// A binding that is scoped to tenants has a variable for each, whose name goes on with two
// underscores and the tenant, as package bindings escapes it: APP_LIMITS__acme. Variables are read
// at each operation; changes are not noticed.
//
// [Provider] is the value to pass to bindings.Open.
package env
