// Package tracing holds the tracer of a pgx configuration that records what connections do, for the
// packages of the pack that make these.
//
// Read [Traced] first.
package tracing
