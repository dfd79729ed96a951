// Package telemetry is how a site talks to OpenTelemetry and log/slog: providers that may change,
// histograms with prepared attributes, the events and statuses of spans.
//
// Read [Seen] first, then [Durations] and [Failure].
package telemetry
