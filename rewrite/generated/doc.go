// Package generated writes the instrument_gen.go of a package from its plan.
//
// [Text] is the door: it puts together the variables of the sites (literal.go), the decorators
// (decorate.go), the functions that bind structs (bind.go) and the services (service.go). Package
// siteline reads back the part of it that weaving needs.
package generated
