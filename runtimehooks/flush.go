package runtimehooks

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
)

// Flush has the installed tracer and meter providers export what they hold, if they can. It is for
// programs that end without running deferred calls, by os.Exit or log.Fatal. Spans of calls that
// have not ended are not exported.
func Flush(ctx context.Context) error {
	return errors.Join(flush(ctx, otel.GetTracerProvider()), flush(ctx, otel.GetMeterProvider()))
}

func flush(ctx context.Context, provider any) error {
	if p, ok := provider.(interface{ ForceFlush(context.Context) error }); ok {
		return p.ForceFlush(ctx)
	}
	return nil
}
