// Package sloghooks is a pack for log/slog: records carry the ids of the trace and the span that
// their context holds, and calls that pass no context pass the one in scope. A rule file takes it
// by
//
//	aspects.Include(sloghooks.Rules)
//
// The rules put the functions here in place of slog.New, slog.SetDefault and (*slog.Logger).Handler,
// which wrap each handler once and give it back as it was. slog.Info, Debug, Warn and Error, and the
// methods of *slog.Logger of these names, become the functions and methods ending in Context where a
// context is in scope, so that what a record says of its source stays true.
//
// The ids are attributes at the top, trace_id and span_id, also of a logger with groups. A record
// that has a trace_id gets no second one, and neither does one of a handler that asks the context
// for its span, which is taken to add what it finds, nor one of OpenTelemetry's bridge otelslog,
// whose records have the ids without attributes.
//
// Read [Wrap] first.
package sloghooks
