package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/quiet"
	"github.com/instrumentgo/instrument/runtimehooks/sloghooks"
)

// Quietly calls what logs for the hooks. Woven functions that the program's log handler calls are
// pass-throughs meanwhile: their records would call the handler again.
func Quietly(log func()) {
	quiet.Enter()
	defer quiet.Leave()
	log()
}

// Log writes one record of a call to slog.Default, if its level is enabled, with the ids of the
// context's span. level is that of success; failures are logged at slog.LevelError. A success that
// took less than slow is not logged.
func Log(ctx context.Context, level slog.Level, slow time.Duration, message string, took time.Duration, f *Failure, attrs ...slog.Attr) {
	if f.Type != "" {
		level = slog.LevelError
	} else if took < slow {
		return
	}
	quiet.Enter()
	defer quiet.Leave()
	logger := sloghooks.Default()
	if !logger.Enabled(ctx, level) {
		return
	}
	record := make([]slog.Attr, 0, len(attrs)+3)
	record = append(record, attrs...)
	record = append(record, slog.Duration("duration", took))
	if f.Type != "" {
		if message := f.Text(); message != "" {
			record = append(record, slog.String("error", message))
		}
		record = append(record, slog.String("error.type", f.Type))
	}
	logger.LogAttrs(ctx, level, message, record...)
}
