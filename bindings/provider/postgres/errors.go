package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/vanished"
)

// coded returns a client's error with its code.
func coded(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return bindings.NotFound
	case errors.Is(err, vanished.Err):
		return bindings.Errorf(bindings.Unavailable, "%w", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		err = oneLine{err}
	}
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return bindings.Errorf(code(answer.Code), "%w", err)
	}
	return bindings.Errorf(bindings.Unavailable, "%w", err) // no answer
}

// oneLine is an error of connecting, which the client tells in a line for each address that it
// tried.
type oneLine struct{ error }

func (e oneLine) Error() string {
	return strings.ReplaceAll(strings.ReplaceAll(e.error.Error(), ":\n\t", ": "), "\n\t", "; ")
}

func (e oneLine) Unwrap() error { return e.error }

// code returns the code of an SQLSTATE: of a single one, else of its class.
func code(state string) bindings.ErrorCode {
	switch state {
	case "42501":
		return bindings.PermissionDenied
	case "22P02", "22003", "22021": // what an increment says of a value that is no number, or of its sum
		return bindings.FailedPrecondition
	}
	switch state[:2] {
	case "08", "40", "57": // connection, serialization, operator intervention
		return bindings.Unavailable
	case "28":
		return bindings.PermissionDenied
	case "53", "54":
		return bindings.ResourceExhausted
	}
	return bindings.Unknown
}
