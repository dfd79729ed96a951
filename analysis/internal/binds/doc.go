// Package binds decides what a package gets from its platform: which fields are bindings of which
// kind, which methods handle messages, and which interfaces are services. [Planner.Package] plans
// one package by its directives bind, subscribe and service.
package binds
