// Package quiet remembers which goroutines are within telemetry: in a log handler, a span processor
// or an exporter of the program's own. What such a goroutine calls records nothing, because its
// record would come back to the same handler, which would call again.
//
// A goroutine is known by the address of its descriptor, which a few lines of assembly read from
// where Go keeps it; without these, by the number that a stack trace begins with.
package quiet
