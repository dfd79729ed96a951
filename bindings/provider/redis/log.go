package redis

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"
)

// logs lets the client log through slog instead of to the standard error output. It has one logger
// for the whole process, which a program may replace again after the first binding is open.
var logs = sync.OnceFunc(func() { redis.SetLogger(logger{}) })

// logger hands what the client has to say to slog's default logger of that moment. All of it is
// about failures that an operation may also report.
type logger struct{}

// Printf implements the client's interface of loggers.
func (logger) Printf(ctx context.Context, format string, args ...any) {
	slog.WarnContext(ctx, fmt.Sprintf(format, args...), "provider", "redis")
}
