// Package provider holds what providers declare, as data: which URLs each takes, which kinds it
// provides, and what bindings of them can do. Nothing is linked or opened for that, so a tool can
// check a program against its environments on any machine.
//
// Begin with [Declaration], which each provider of this project has here once: its package makes
// the value that programs pass to bindings.Open from it. Providers of others ship theirs as a file,
// provider.json, which [Parse] reads. [All] are those of this project.
//
// The folders below are the providers, and package providertest is what whoever writes one imports:
// it compares what the open stores of a provider declare with its declaration, and the suites of
// the kinds run in its harness.
package provider
