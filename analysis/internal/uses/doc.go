// Package uses finds what function bodies do with bindings, as far as a provider may not be able to. [Read] returns it
// as values of the plan's package, for check.
package uses
