package runtimehooks

import "github.com/instrumentgo/instrument/runtimehooks/internal/quiet"

// Quiet makes sites pass-throughs, as INSTRUMENT=off does, for what the running goroutine calls
// until it calls the function that Quiet returns. Woven code does this in the methods that
// telemetry itself calls, such as those of a slog.Handler or an exporter: a span or record from
// there would lead to the next one, without an end.
func Quiet() (end func()) {
	quiet.Enter()
	return quiet.Leave
}
