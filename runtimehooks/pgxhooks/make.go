package pgxhooks

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/instrumentgo/instrument/runtimehooks/pgxhooks/internal/tracing"
)

// Connect is pgx.Connect for a connection whose statements are recorded.
func Connect(ctx context.Context, connString string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(connString)
	if err != nil {
		return nil, err
	}
	return ConnectConfig(ctx, config)
}

// ConnectWithOptions is pgx.ConnectWithOptions for a connection whose statements are recorded.
func ConnectWithOptions(ctx context.Context, connString string, options pgx.ParseConfigOptions) (*pgx.Conn, error) {
	config, err := pgx.ParseConfigWithOptions(connString, options)
	if err != nil {
		return nil, err
	}
	return ConnectConfig(ctx, config)
}

// ConnectConfig is pgx.ConnectConfig for a connection whose statements are recorded. The
// configuration stays as it is.
func ConnectConfig(ctx context.Context, connConfig *pgx.ConnConfig) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, tracing.Traced(connConfig))
}

// NewPool is pgxpool.New for a pool whose statements are recorded.
func NewPool(ctx context.Context, connString string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(connString)
	if err != nil {
		return nil, err
	}
	return NewPoolWithConfig(ctx, config)
}

// NewPoolWithConfig is pgxpool.NewWithConfig for a pool whose statements are recorded. The
// configuration stays as it is.
func NewPoolWithConfig(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	config = config.Copy()
	config.ConnConfig = tracing.Traced(config.ConnConfig)
	return pgxpool.NewWithConfig(ctx, config)
}
