// Package uses finds what function bodies do with bindings that not every provider can do. [Read]
// returns it as values of package plan, for check.
package uses
