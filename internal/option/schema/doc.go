// Package schema writes what options may be as JSON schemas, for the files that give options their
// values.
//
// Read [Option] and [Aspect] first.
package schema
