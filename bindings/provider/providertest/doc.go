// Package providertest is what whoever writes a provider imports for its tests.
//
// [Stores] compares what a provider declares with what its open stores have. A [Harness] says how
// to reach the provider, and the suites of the kinds, such as kvtest.Run, take one: each case gets
// a platform of its own.
package providertest
