// Package recorded is what tests of telemetry have in common: providers of OpenTelemetry that keep
// what they get.
package recorded
