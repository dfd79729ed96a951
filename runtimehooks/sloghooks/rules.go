//go:build instrument

package sloghooks

import (
	"log/slog"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules give records the ids of their trace and span, and calls that have none the context in
// scope.
var Rules = aspects.Module(
	aspects.Rule("New", aspects.Calls(slog.New), aspects.Replace(New)),
	aspects.Rule("SetDefault", aspects.Calls(slog.SetDefault), aspects.Replace(SetDefault)),
	aspects.Rule("Logger.Handler", aspects.Calls((*slog.Logger).Handler), aspects.Replace(LoggerHandler)),

	aspects.Rule("Debug", aspects.Calls(slog.Debug), aspects.PassContext(slog.DebugContext)),
	aspects.Rule("Info", aspects.Calls(slog.Info), aspects.PassContext(slog.InfoContext)),
	aspects.Rule("Warn", aspects.Calls(slog.Warn), aspects.PassContext(slog.WarnContext)),
	aspects.Rule("Error", aspects.Calls(slog.Error), aspects.PassContext(slog.ErrorContext)),
	aspects.Rule("Logger.Debug", aspects.Calls((*slog.Logger).Debug), aspects.PassContext((*slog.Logger).DebugContext)),
	aspects.Rule("Logger.Info", aspects.Calls((*slog.Logger).Info), aspects.PassContext((*slog.Logger).InfoContext)),
	aspects.Rule("Logger.Warn", aspects.Calls((*slog.Logger).Warn), aspects.PassContext((*slog.Logger).WarnContext)),
	aspects.Rule("Logger.Error", aspects.Calls((*slog.Logger).Error), aspects.PassContext((*slog.Logger).ErrorContext)),
)
