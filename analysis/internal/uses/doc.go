// Package uses finds what function bodies do with bindings, as far as a provider may not be able to
// do it. [Read] returns it as values of package plan, for check.
package uses
